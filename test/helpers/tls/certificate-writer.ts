import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Identity } from './certificates.js';
import { dn, element } from './der-names.js';

/** Certificates in DER, for what certificate libraries refuse to write: each part can be wrong on its own. */

const SEQUENCE = 0x30;

/** How to sign; `key` says what for. */
export type Algorithm =
  'ecdsa' | 'ecdsa-sha384' | 'ecdsa-sha1' | 'rsa' | 'rsa-sha1' | 'rsa-md5' | 'rsa-pss' | 'rsa-pss-odd-salt' | 'ed25519';

/** Key pairs by name, made once a process: the first letters say of which kind. */
const KINDS: Readonly<Record<string, () => { publicKey: KeyObject; privateKey: KeyObject }>> = {
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p224: () => generateKeyPairSync('ec', { namedCurve: 'secp224r1' }),
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  k1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  rsa512: () => generateKeyPairSync('rsa', { modulusLength: 512 }),
  rsa1024: () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  pss2048: () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  ed: () => generateKeyPairSync('ed25519'),
  ed448: () => generateKeyPairSync('ed448'),
};
const pairs = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();

function pairOf(name: string): { publicKey: KeyObject; privateKey: KeyObject } {
  let pair = pairs.get(name);
  if (pair === undefined) {
    const make = KINDS[name.split('-')[0] ?? ''];
    if (make === undefined) throw new Error(`No kind of key is called "${name}"`);
    pairs.set(name, (pair = make()));
  }
  return pair;
}

/** An extension: its object identifier in hexadecimal, its value, and whether it is critical. */
export type Extension = readonly [identifier: string, value: Buffer, critical?: 'critical'];

export interface Wish {
  /** A common name, or DER. */
  readonly subject?: string | Buffer;
  readonly key?: string;
  /** The issuer; the certificate signs itself if there is none. */
  readonly by?: Made;
  /** Another name of the issuer than the one of who signs. */
  readonly issuer?: Buffer;
  readonly algorithm?: Algorithm;
  readonly extensions?: readonly Extension[];
  readonly version?: 1 | 2 | 3;
  /** The content of the INTEGER, in hexadecimal. */
  readonly serial?: string;
  /** Elements. */
  readonly notBefore?: Buffer;
  readonly notAfter?: Buffer;
  /** In place of the key's own. */
  readonly publicKeyInfo?: Buffer;
  /** Breaks the signature. */
  readonly forged?: true;
  /** In place of a signature. */
  readonly signature?: Buffer;
  /** In place of the identifier of the algorithm, inside and outside. */
  readonly identifier?: Buffer;
  /** Another identifier within what is signed than outside. */
  readonly innerAlgorithm?: Buffer;
}

/** A certificate with what is needed to sign others. */
export interface Made extends Identity {
  readonly subject: Buffer;
  readonly keyName: string;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Buffer;
}

const NULL = element(0x05);
const SALT_ODD = 20;

const ALGORITHMS: Readonly<Record<Algorithm, { identifier: Buffer; hash: string | null; salt?: number }>> = {
  ecdsa: { identifier: algorithm('2a8648ce3d040302'), hash: 'sha256' },
  'ecdsa-sha384': { identifier: algorithm('2a8648ce3d040303'), hash: 'sha384' },
  'ecdsa-sha1': { identifier: algorithm('2a8648ce3d0401'), hash: 'sha1' },
  rsa: { identifier: algorithm('2a864886f70d01010b', NULL), hash: 'sha256' },
  'rsa-sha1': { identifier: algorithm('2a864886f70d010105', NULL), hash: 'sha1' },
  'rsa-md5': { identifier: algorithm('2a864886f70d010104', NULL), hash: 'md5' },
  'rsa-pss': { identifier: algorithm('2a864886f70d01010a', pssParameters(32)), hash: 'sha256', salt: 32 },
  'rsa-pss-odd-salt': {
    identifier: algorithm('2a864886f70d01010a', pssParameters(SALT_ODD)),
    hash: 'sha256',
    salt: SALT_ODD,
  },
  ed25519: { identifier: algorithm('2b6570'), hash: null },
};

function algorithm(identifier: string, ...parameters: Buffer[]): Buffer {
  return element(SEQUENCE, oid(identifier), ...parameters);
}

function pssParameters(salt: number): Buffer {
  const hash = algorithm('608648016503040201', NULL);
  return element(
    SEQUENCE,
    element(0xa0, hash),
    element(0xa1, algorithm('2a864886f70d010108', hash)),
    element(0xa2, integer(salt)),
  );
}

let nextSerial = 0x1000_0000;

/**
 * Makes a certificate. Whatever is not wished for is such that it verifies, but for extensions, of which there are
 * none.
 */
export function make(wish: Wish = {}): Made {
  const { key = 'ec-1', version = 3, forged } = wish;
  const subject = nameOf(wish.subject ?? 'leaf');
  const signer = wish.by?.keyName ?? key;
  const publicKeyInfo = wish.publicKeyInfo ?? pairOf(key).publicKey.export({ type: 'spki', format: 'der' });
  const { hash, salt, ...algorithm } = ALGORITHMS[wish.algorithm ?? defaultAlgorithm(signer)];
  const identifier = wish.identifier ?? algorithm.identifier;
  const serial = Buffer.from(wish.serial ?? (nextSerial++).toString(16), 'hex');
  const body = element(
    SEQUENCE,
    ...(version === 1 ? [] : [element(0xa0, integer(version - 1))]),
    element(0x02, serial),
    wish.innerAlgorithm ?? identifier,
    wish.issuer ?? wish.by?.subject ?? subject,
    element(SEQUENCE, wish.notBefore ?? utcTime('200101000000Z'), wish.notAfter ?? utcTime('491231235959Z')),
    subject,
    publicKeyInfo,
    ...(wish.extensions === undefined ? [] : [element(0xa3, element(SEQUENCE, ...wish.extensions.map(extension)))]),
  );
  const padding = salt === undefined ? undefined : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt };
  const signature = wish.signature ?? sign(hash, body, { key: pairOf(signer).privateKey, ...padding });
  const der = element(SEQUENCE, body, identifier, bitString(forged === true ? broken(signature) : signature));
  return { ...identity(der, key), der, subject, keyName: key, publicKeyInfo };
}

function identity(der: Buffer, key: string): { cert: string; key: string } {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: pairOf(key).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function defaultAlgorithm(key: string): Algorithm {
  if (key.startsWith('rsa')) return 'rsa';
  if (key.startsWith('pss')) return 'rsa-pss';
  return key.startsWith('ed-') ? 'ed25519' : 'ecdsa';
}

/** Changes the last bit, which keeps the form of an ECDSA signature. */
function broken(signature: Buffer): Buffer {
  const copy = Buffer.from(signature);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

function nameOf(subject: string | Buffer): Buffer {
  return typeof subject === 'string' ? dn(['CN', subject]) : subject;
}

function extension([identifier, value, critical]: Extension): Buffer {
  const flag = critical === undefined ? [] : [element(0x01, Buffer.from([0xff]))];
  return element(SEQUENCE, oid(identifier), ...flag, element(0x04, value));
}

/** An OBJECT IDENTIFIER of these bytes, in hexadecimal. */
export function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'));
}

/** A small INTEGER. */
export function integer(value: number, tag = 0x02): Buffer {
  const content = value < 0x80 ? [value] : value < 0x8000 ? [value >> 8, value & 0xff] : [0, value >> 8, value & 0xff];
  return element(tag, Buffer.from(content));
}

export function bitString(bits: Buffer, padding = 0): Buffer {
  return element(0x03, Buffer.from([padding]), bits);
}

export function utcTime(text: string): Buffer {
  return element(0x17, Buffer.from(text));
}

export function generalizedTime(text: string): Buffer {
  return element(0x18, Buffer.from(text));
}

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** What a certificate is to say; what is left out gets a value that verifies. */
export interface CertificateWish {
  /** In the notation `CN=a, O=b`, or DER for names that this notation cannot express. */
  readonly subject?: string | Uint8Array;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly mailAddresses?: readonly string[];
  readonly uris?: readonly string[];
  /** Default: the year 2020. */
  readonly notBefore?: Date;
  /** Default: 90 days from now; ten years for an authority. */
  readonly notAfter?: Date;
  /** Hexadecimal digits. */
  readonly serialNumber?: string;
  readonly isAuthority?: boolean;
}

/** A certificate with its key, both PEM, and with its DER. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly der: Buffer;
}

/** An identity that can sign others. */
export interface Authority extends Identity {
  readonly issue: (wish?: CertificateWish) => Promise<Identity>;
  readonly issueAuthority: (wish?: CertificateWish) => Promise<Authority>;
  /** Signs the name and key of another authority once more. */
  readonly crossSign: (authority: Authority, wish?: CertificateWish) => Promise<Identity>;
}

type KeyPair = webcrypto.CryptoKeyPair;

interface Signer {
  readonly subject: x509.Name;
  readonly keys: KeyPair;
}

/** P-256, because making an RSA key takes a hundred times as long. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
export const DAY_MS = 24 * 3600 * 1000;

const signers = new WeakMap<Authority, Signer>();
let serial = 0x1000;

/** Makes a self-signed authority. */
export async function makeAuthority(wish: CertificateWish = {}): Promise<Authority> {
  const keys = await newKeys();
  const subject = nameOf(wish.subject ?? 'CN=Test Authority');
  return toAuthority(
    { subject, keys },
    await sign({ ...wish, isAuthority: true }, { subject, keys }, { subject, keys }),
  );
}

/** Makes a certificate that is its own issuer, and no authority. */
export async function makeSelfSigned(wish: CertificateWish = {}): Promise<Identity> {
  const keys = await newKeys();
  const subject = nameOf(wish.subject ?? 'CN=self-signed');
  return sign(wish, { subject, keys }, { subject, keys });
}

let shared: Promise<{ authority: Authority; localhost: Identity }> | undefined;

/**
 * One authority for the whole process, and its certificate for localhost, 127.0.0.1 and ::1: for tests that are not
 * about certificates.
 */
export function sharedIdentities(): Promise<{ readonly authority: Authority; readonly localhost: Identity }> {
  shared ??= (async () => {
    const authority = await makeAuthority();
    return { authority, localhost: await authority.issue({ subject: 'CN=localhost' }) };
  })();
  return shared;
}

function toAuthority(self: Signer, identity: Identity): Authority {
  const authority: Authority = {
    ...identity,
    issue: async (wish = {}) => {
      const owner = { subject: nameOf(wish.subject ?? 'CN=leaf'), keys: await newKeys() };
      return sign({ dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'], ...wish }, owner, self);
    },
    issueAuthority: async (wish = {}) => {
      const owner = { subject: nameOf(wish.subject ?? 'CN=Test Intermediate'), keys: await newKeys() };
      return toAuthority(owner, await sign({ ...wish, isAuthority: true }, owner, self));
    },
    crossSign: async (other, wish = {}) => {
      const owner = signers.get(other);
      if (owner === undefined) throw new Error('Not an authority of this helper');
      return sign({ isAuthority: true, ...wish }, owner, self);
    },
  };
  signers.set(authority, self);
  return authority;
}

function nameOf(subject: string | Uint8Array): x509.Name {
  return new x509.Name(typeof subject === 'string' ? subject : Uint8Array.from(subject).buffer);
}

function newKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function sign(wish: CertificateWish, owner: Signer, issuer: Signer): Promise<Identity> {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: wish.serialNumber ?? (serial++).toString(16),
      subject: owner.subject,
      issuer: issuer.subject,
      notBefore: wish.notBefore ?? new Date('2020-01-01T00:00:00Z'),
      notAfter: wish.notAfter ?? inDays(wish.isAuthority === true ? 3650 : 90),
      signingAlgorithm: ALGORITHM,
      publicKey: owner.keys.publicKey,
      signingKey: issuer.keys.privateKey,
      extensions: extensionsOf(wish),
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', owner.keys.privateKey));
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    der: Buffer.from(certificate.rawData),
  };
}

function inDays(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
}

function extensionsOf({
  dnsNames = [],
  ipAddresses = [],
  mailAddresses = [],
  uris = [],
  isAuthority = false,
}: CertificateWish): x509.Extension[] {
  const names: x509.JsonGeneralNames = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
    ...mailAddresses.map((value) => ({ type: 'email' as const, value })),
    ...uris.map((value) => ({ type: 'url' as const, value })),
  ];
  return [
    new x509.BasicConstraintsExtension(isAuthority, undefined, true),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

import { createDecipheriv, createSecretKey, type DecipherGCM, hash as digest, type KeyObject } from 'node:crypto';
import { aesStream, chachaStream, type StreamCipher } from './stream-cipher.js';

/** A cipher suite of TLS 1.3. */
export interface CipherSuite {
  /** Its name in the registry of IANA, which `getCipher` of a TLSSocket gives as `standardName`. */
  readonly name: string;
  readonly hash: 'sha256' | 'sha384';
  readonly keyBytes: 16 | 32;
  readonly decipher: (key: KeyObject, nonce: Buffer) => DecipherGCM;
  /** The cipher below it, which does not say whether a record is genuine. */
  readonly stream: StreamCipher;
}

const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const TAG = { authTagLength: TAG_BYTES } as const;

/** The cipher suites of TLS 1.3 that are offered (RFC 8446, B.4), by their number. */
const SUITES: ReadonlyMap<number, CipherSuite> = new Map<number, CipherSuite>([
  [
    0x13_01,
    {
      ...{ name: 'TLS_AES_128_GCM_SHA256', hash: 'sha256', keyBytes: 16 },
      stream: aesStream(128),
      decipher: (key, nonce) => createDecipheriv('aes-128-gcm', key, nonce, TAG),
    },
  ],
  [
    0x13_02,
    {
      ...{ name: 'TLS_AES_256_GCM_SHA384', hash: 'sha384', keyBytes: 32 },
      stream: aesStream(256),
      decipher: (key, nonce) => createDecipheriv('aes-256-gcm', key, nonce, TAG),
    },
  ],
  [
    0x13_03,
    {
      ...{ name: 'TLS_CHACHA20_POLY1305_SHA256', hash: 'sha256', keyBytes: 32 },
      stream: chachaStream,
      decipher: (key, nonce) => createDecipheriv('chacha20-poly1305', key, nonce, TAG),
    },
  ],
]);

/** The suite with this number; undefined if it is none of TLS 1.3. */
export function tls13Suite(number: number): CipherSuite | undefined {
  return SUITES.get(number);
}

/** The suite with this name; undefined if it is none of TLS 1.3. */
export function tls13SuiteNamed(name: string): CipherSuite | undefined {
  return [...SUITES.values()].find((suite) => suite.name === name);
}

/**
 * Opens the records that a peer protects with one traffic secret, in the order in which it sent them (RFC 8446, 5.2).
 */
export class RecordProtection {
  readonly #suite: CipherSuite;
  readonly #key: KeyObject;
  readonly #iv: Buffer;
  #sequence = 0;

  constructor(suite: CipherSuite, secret: Buffer) {
    this.#suite = suite;
    // A key object, because Node 24 takes 20 µs longer for each use of a key in a buffer.
    this.#key = createSecretKey(expandLabel(suite.hash, secret, { label: 'key', length: suite.keyBytes }));
    this.#iv = expandLabel(suite.hash, secret, { label: 'iv', length: NONCE_BYTES });
  }

  /** The content of a record with its type in the last byte that is not zero; undefined if it is not genuine. */
  open(header: Buffer, body: Buffer): Buffer | undefined {
    if (body.length <= TAG_BYTES) return undefined;
    const decipher = this.#suite.decipher(this.#key, this.#nextNonce());
    decipher.setAAD(header);
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    const content = decipher.update(body.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      // Node has no class for it: the tag does not fit.
      return undefined;
    }
    return content;
  }

  /** The sequence number fits 32 bits, because so many records are never read. */
  #nextNonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    const at = NONCE_BYTES - 4;
    nonce.writeUInt32BE((nonce.readUInt32BE(at) ^ this.#sequence++) >>> 0, at);
    return nonce;
  }
}

/** HKDF-Expand-Label (RFC 8446, 7.1) without context, for at most one hash's length: a single round of HKDF-Expand. */
export function expandLabel(
  hash: CipherSuite['hash'],
  secret: Uint8Array,
  { label, length }: { readonly label: string; readonly length: number },
): Buffer {
  const name = `tls13 ${label}`;
  const info = `\0${String.fromCharCode(length, name.length)}${name}\0\x01`;
  return hmac(hash, secret, info).subarray(0, length);
}

const BLOCK_BYTES = { sha256: 64, sha384: 128 } as const;
const [INNER, OUTER] = [0x36, 0x5c];

/**
 * HMAC (RFC 2104) of a text in Latin-1, under a key that is no longer than a block. Two hashes at one go each take half
 * as long as Node's objects of a key and of an HMAC.
 */
function hmac(hash: CipherSuite['hash'], key: Uint8Array, text: string): Buffer {
  const block = BLOCK_BYTES[hash];
  const inner = Buffer.alloc(block + text.length, INNER);
  const outer = Buffer.alloc(block, OUTER);
  for (let at = 0; at < key.length; at++) {
    const byte = key[at] ?? 0;
    inner[at] = INNER ^ byte;
    outer[at] = OUTER ^ byte;
  }
  inner.write(text, block, 'latin1');
  return digest(hash, Buffer.concat([outer, digest(hash, inner, 'buffer')]), 'buffer');
}

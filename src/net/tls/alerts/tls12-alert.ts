import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import type { ServerHello } from '../handshake-messages.js';
import type { LoggedSecret } from '../peer-flight.js';

/** The inputs that the keys of a connection are derived from (RFC 5246, 6.3). */
export interface Tls12Secrets {
  readonly master: LoggedSecret;
  readonly hello: ServerHello;
  /** The IANA name of the cipher suite. */
  readonly suite: string;
}

interface Suite {
  /** The hash of the key derivation. */
  readonly hash: 'sha256' | 'sha384';
  readonly macBytes: number;
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly seal: (content: Buffer, keys: Keys) => Buffer;
}

interface Keys {
  readonly mac: Buffer;
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly macThenEncrypt: boolean;
}

const ALERT = 21;
const VERSION = Buffer.of(3, 3);
/** The client's Finished was number 0 under these keys; nothing else has been sent. */
const SEQUENCE = Buffer.of(0, 0, 0, 0, 0, 0, 0, 1);
/** RFC 7366: the MAC is made over what was encrypted. */
const ENCRYPT_THEN_MAC = 22;

const SUITE_NAME =
  /^TLS_(?:ECDHE|DHE)_(?:ECDSA|RSA|DSS)_WITH_(?:AES_(128|256)_(GCM|CBC)|(CHACHA20_POLY1305))_SHA(256|384)?$/;

/**
 * The record of an alert of TLS 1.2, the first one that a client sends after its Finished. Undefined for suites beyond
 * AES in GCM and CBC and ChaCha20-Poly1305, which no server chooses that has one of these.
 */
export function tls12Alert(alert: Buffer, { master, hello, suite: name }: Tls12Secrets): Buffer | undefined {
  const suite = suiteOf(name);
  if (suite === undefined) return undefined;
  const { hash, macBytes, keyBytes, ivBytes } = suite;
  const seed = Buffer.concat([Buffer.from('key expansion'), hello.random, master.clientRandom]);
  const block = expand(hash, { secret: master.secret, seed, length: 2 * (macBytes + keyBytes + ivBytes) });
  // Of each pair, the client's comes first, then the server's.
  const keyAt = 2 * macBytes;
  const ivAt = keyAt + 2 * keyBytes;
  const body = suite.seal(alert, {
    mac: block.subarray(0, macBytes),
    key: block.subarray(keyAt, keyAt + keyBytes),
    iv: block.subarray(ivAt, ivAt + ivBytes),
    macThenEncrypt: !hello.extensions.has(ENCRYPT_THEN_MAC),
  });
  return Buffer.concat([Buffer.of(ALERT), VERSION, uint16(body.length), body]);
}

function suiteOf(name: string): Suite | undefined {
  const [whole, bits = '256', mode, chacha, digest] = SUITE_NAME.exec(name) ?? [];
  if (whole === undefined) return undefined;
  const hash = digest === '384' ? 'sha384' : 'sha256';
  const keyBytes = Number(bits) / 8;
  if (chacha !== undefined) return { hash, macBytes: 0, keyBytes, ivBytes: 12, seal: sealWithChaCha };
  if (mode === 'GCM') return { hash, macBytes: 0, keyBytes, ivBytes: 4, seal: sealWithGcm };
  const [macHash, macBytes] =
    digest === undefined ? (['sha1', 20] as const) : ([hash, digest === '384' ? 48 : 32] as const);
  return { hash, macBytes, keyBytes, ivBytes: 0, seal: (content, keys) => sealWithCbc(content, keys, macHash) };
}

/** P_hash (RFC 5246, 5). */
function expand(
  hash: Suite['hash'],
  { secret, seed, length }: { readonly secret: Buffer; readonly seed: Buffer; readonly length: number },
): Buffer {
  const parts: Buffer[] = [];
  let a = seed;
  for (let have = 0; have < length; have = Buffer.concat(parts).length) {
    a = createHmac(hash, secret).update(a).digest();
    parts.push(createHmac(hash, secret).update(a).update(seed).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

/**
 * The header that is authenticated along with the content: sequence number, type, version, length (RFC 5246, 6.2.3).
 */
function headerOf(length: number): Buffer {
  return Buffer.concat([SEQUENCE, Buffer.of(ALERT), VERSION, uint16(length)]);
}

/** RFC 5288: half of the nonce stands before the record. */
function sealWithGcm(content: Buffer, { key, iv }: Keys): Buffer {
  // OpenSSL also starts its explicit nonces at a random value.
  const explicit = randomBytes(8);
  const cipher = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  const sealing = createCipheriv(cipher, key, Buffer.concat([iv, explicit]));
  sealing.setAAD(headerOf(content.length));
  return Buffer.concat([explicit, sealing.update(content), sealing.final(), sealing.getAuthTag()]);
}

/** RFC 7905: the nonce is the record's number over the static one. */
function sealWithChaCha(content: Buffer, { key, iv }: Keys): Buffer {
  const nonce = Buffer.from(iv);
  for (const [index, byte] of SEQUENCE.entries()) nonce[4 + index] = (nonce[4 + index] ?? 0) ^ byte;
  const sealing = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  sealing.setAAD(headerOf(content.length), { plaintextLength: content.length });
  return Buffer.concat([sealing.update(content), sealing.final(), sealing.getAuthTag()]);
}

const BLOCK_BYTES = 16;

/** RFC 5246, 6.2.3.2, or RFC 7366 where the server takes it. */
function sealWithCbc(content: Buffer, { mac, key, macThenEncrypt }: Keys, hash: 'sha1' | 'sha256' | 'sha384'): Buffer {
  const macOf = (...parts: readonly Buffer[]): Buffer => {
    const whole = Buffer.concat(parts);
    return createHmac(hash, mac)
      .update(Buffer.concat([headerOf(whole.length), whole]))
      .digest();
  };
  const text = macThenEncrypt ? Buffer.concat([content, macOf(content)]) : content;
  const padding = BLOCK_BYTES - 1 - (text.length % BLOCK_BYTES);
  const iv = randomBytes(BLOCK_BYTES);
  const sealing = createCipheriv(key.length === 16 ? 'aes-128-cbc' : 'aes-256-cbc', key, iv).setAutoPadding(false);
  const padded = Buffer.concat([text, Buffer.alloc(padding + 1, padding)]);
  const sealed = Buffer.concat([iv, sealing.update(padded), sealing.final()]);
  return macThenEncrypt ? sealed : Buffer.concat([sealed, macOf(sealed)]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';
import { textOf } from '../../../probe/error-text.js';
import { refused } from '../mysql-packets.js';

const SCRAMBLE_BYTES = 20;

/**
 * The proof of mysql_native_password: SHA-1 of the password, XORed with a hash of the challenge and of what the server
 * stores (MySQL internals, Native Authentication). It is empty without a password.
 */
export function nativeProof(password: string, scramble: Buffer): Buffer {
  if (password === '') return NOTHING;
  const once = hash('sha1', Buffer.from(password));
  return xor(once, hash('sha1', scramble.subarray(0, SCRAMBLE_BYTES), hash('sha1', once)));
}

/** The proof of caching_sha2_password: the same idea with SHA-256 (MySQL internals, Caching SHA-2). */
export function sha2Proof(password: string, scramble: Buffer): Buffer {
  if (password === '') return NOTHING;
  const once = hash('sha256', Buffer.from(password));
  return xor(once, hash('sha256', hash('sha256', once), scramble.subarray(0, SCRAMBLE_BYTES)));
}

/** The password as it is, with a zero at its end. */
export function clearPassword(password: string): Buffer {
  return Buffer.from(`${password}\0`);
}

/** A key of 8192 bits has 1.5 KB; what takes longer to use has more. */
const LARGEST_KEY_BYTES = 2048;
/**
 * The largest exponent that Go's crypto/rsa takes. A key of 3072 bits with an exponent of as many held the event loop
 * for 37 ms; others have 65537.
 */
const LARGEST_EXPONENT = 2n ** 31n - 1n;

/**
 * The password, encrypted for the owner of a key: XORed with the challenge, then RSA with OAEP. Throws the ProbeFailure
 * auth_failed for a key that cannot be used.
 */
export function sealedPassword(password: string, scramble: Buffer, key: Buffer): Buffer {
  if (key.length > LARGEST_KEY_BYTES) throw refused('auth_failed', `the server gives a key of ${key.length} bytes`);
  const mixed = clearPassword(password).map((byte, at) => byte ^ (scramble[at % SCRAMBLE_BYTES] ?? 0));
  try {
    const owner = createPublicKey(key);
    if ((owner.asymmetricKeyDetails?.publicExponent ?? 0n) > LARGEST_EXPONENT)
      throw new Error('its exponent is too large');
    return publicEncrypt({ key: owner, padding: constants.RSA_PKCS1_OAEP_PADDING }, mixed);
  } catch (error) {
    throw refused('auth_failed', `the server gives a key that cannot be used: ${textOf(error)}`);
  }
}

function hash(name: 'sha1' | 'sha256', ...parts: readonly Buffer[]): Buffer {
  const made = createHash(name);
  for (const part of parts) made.update(part);
  return made.digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
}

const NOTHING = Buffer.alloc(0);

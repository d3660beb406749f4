import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { ProbeFailure } from '../../probe/failure.js';
import type { Clock } from '../../values/clock.js';
import type { RawOauth2 } from '../../values/raw-config.js';
import type { Secret } from '../../values/secret.js';
import type { Form } from './http-oauth2-form.js';

/** How long a grant is good for; it is used at once. */
const LIFETIME_SECONDS = 600;

/** The digest of each `signature_algorithm` (RFC 7518 §3.1). Any other name means RS256, as in upstream. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['RS256', 'sha256'],
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
]);

/**
 * The form of a token request whose grant is a JWT signed by `key` (PEM). Rejects with a ProbeFailure (setup) for a key
 * that is no RSA key.
 */
export async function jwtGrantForm(raw: RawOauth2, key: Secret, clock: Clock): Promise<Form> {
  const assertion = await signJwt(raw, parseKey(key.reveal()), clock);
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion,
    ...(raw.scopes.length === 0 ? undefined : { scope: raw.scopes.join(' ') }),
    ...raw.endpoint_params,
  };
}

async function signJwt(raw: RawOauth2, key: KeyObject, clock: Clock): Promise<string> {
  const algorithm = DIGESTS.has(raw.signature_algorithm) ? raw.signature_algorithm : 'RS256';
  const keyId = raw.client_certificate_key_id;
  const header = { alg: algorithm, ...(keyId === '' ? undefined : { kid: keyId }), typ: 'JWT' };
  const signed = `${encodePart(header)}.${encodePart(claims(raw, clock))}`;
  const signature = await promisify(sign)(DIGESTS.get(algorithm), Buffer.from(signed), key);
  return `${signed}.${signature.toString('base64url')}`;
}

function encodePart(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function claims(raw: RawOauth2, clock: Clock): object {
  const issuedAt = Math.floor(clock.wallSeconds());
  return {
    iss: raw.iss === '' ? raw.client_id : raw.iss,
    sub: raw.client_id,
    jti: randomUUID(),
    aud: raw.audience === '' ? raw.token_url : raw.audience,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    ...(raw.scopes.length === 0 ? undefined : { scope: raw.scopes.join(' ') }),
    ...raw.claims,
  };
}

function parseKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // OpenSSL's error is not helpful, and may quote the key.
    throw unusable('invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key');
  }
  if (key.asymmetricKeyType !== 'rsa') throw unusable('key is not a valid RSA private key');
  return key;
}

function unusable(err: string): ProbeFailure {
  return new ProbeFailure('setup', 'invalid_request', 'Error for HTTP request', { err });
}

import { canonicalHeaderName, isHeaderValue } from '../../net/http1/http-headers.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { RawHeaderValues, RawHttp } from '../../values/raw-config.js';
import { Secret } from '../../values/secret.js';
import { readSecretFile } from './http-secret-file.js';
import { compileSecret, type SecretSource } from './http-secret-source.js';

/** What a module authenticates its requests with. */
export interface Credentials {
  /** The value of the Authorization header, files read anew; rejects with a ProbeFailure of the phase setup. */
  readonly header: (signal: AbortSignal) => Promise<string>;
}

type RawCredentials = Pick<RawHttp, 'basic_auth' | 'authorization' | 'bearer_token' | 'bearer_token_file'>;

/** The credentials of a module; undefined if it has none (oauth2 is apart: its token is asked for over the network). */
export function compileCredentials(raw: RawCredentials): Credentials | undefined {
  const { basic_auth: basic, authorization } = raw;
  if (basic !== undefined) {
    return basicAuth(
      compileSecret(
        { text: basic.username, file: basic.username_file, ref: basic.username_ref },
        { file: 'basic auth username', ref: 'username' },
      ),
      compileSecret(
        { text: basic.password, file: basic.password_file, ref: basic.password_ref },
        { file: 'basic auth password', ref: 'password' },
      ),
    );
  }
  if (authorization !== undefined) {
    const { type, credentials: text, credentials_file: file, credentials_ref: ref } = authorization;
    return typed(type.trim() === '' ? 'Bearer' : type.trim(), compileSecret({ text, file, ref }, TYPED_NAME));
  }
  if (raw.bearer_token === '' && raw.bearer_token_file === '') return undefined;
  return typed('Bearer', compileSecret({ text: raw.bearer_token, file: raw.bearer_token_file, ref: '' }, TYPED_NAME));
}

const TYPED_NAME = { file: 'authorization credentials', ref: 'credentials' };

function basicAuth(username: SecretSource, password: SecretSource): Credentials {
  return {
    header: async (signal) => basicHeader((await username(signal)).reveal(), (await password(signal)).reveal()),
  };
}

/** The value of an Authorization or Proxy-Authorization header for a user (RFC 7617; the bytes are UTF-8). */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function typed(type: string, credentials: SecretSource): Credentials {
  return {
    header: async (signal) => checkedValue('Authorization', `${type} ${(await credentials(signal)).reveal()}`),
  };
}

/** The module's `http_headers`. */
export interface HttpHeaders {
  /** Canonical name and value of each header line, files read anew; rejects with a ProbeFailure of the phase setup. */
  readonly headers: (signal: AbortSignal) => Promise<readonly (readonly [name: string, value: string])[]>;
}

/** Compiles `http_headers`: for each name the values first, then the secrets, then what the files hold. */
export function compileHttpHeaders(raw: Readonly<Record<string, RawHeaderValues>>): HttpHeaders {
  const lines = Object.entries(raw).flatMap(([name, { values, secrets, files }]) => {
    const plain = [...values, ...secrets].map((text) => Promise.resolve(new Secret(text)));
    const sources: SecretSource[] = [
      ...plain.map((secret) => () => secret),
      ...files.map(
        (file) => (signal: AbortSignal) =>
          readSecretFile(file, { purpose: `unable to read headers file ${file}`, signal }),
      ),
    ];
    return sources.map((source) => ({ name: canonicalHeaderName(name), source }));
  });
  return {
    headers: (signal) =>
      Promise.all(
        lines.map(async ({ name, source }) => [name, checkedValue(name, (await source(signal)).reveal())] as const),
      ),
  };
}

/** A secret with a line break in it would end the header and begin another. */
function checkedValue(name: string, value: string): string {
  if (isHeaderValue(value)) return value;
  const err = `net/http: invalid header field value for "${name}"`;
  throw new ProbeFailure('setup', 'invalid_request', 'Error for HTTP request', { err });
}

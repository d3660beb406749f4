import { canonicalHeaderName, isHeaderValue } from '../../net/http1/http-headers.js';
import { ProbeFailure } from '../../probe/failure.js';
import { NOT_NOTED, noteHeader, type SecretUser } from '../../probe/used-secrets.js';
import type { RawHeaderValues, RawHttp } from '../../values/raw-config.js';
import { Secret } from '../../values/secret.js';
import { readSecretFile } from './http-secret-file.js';
import { compileSecret, type SecretSource } from './http-secret-source.js';

/** The credentials of a module for its requests. */
export interface Credentials {
  /** The value of the Authorization header, files read anew; rejects with a ProbeFailure of the phase setup. */
  readonly header: (user: SecretUser) => Promise<string>;
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
    const source = compileSecret({ text, file, ref }, TYPED_NAME);
    return typed(type.trim() === '' ? 'Bearer' : type.trim(), source, file);
  }
  if (raw.bearer_token === '' && raw.bearer_token_file === '') return undefined;
  const { bearer_token: text, bearer_token_file: file } = raw;
  return typed('Bearer', compileSecret({ text, file, ref: '' }, TYPED_NAME), file);
}

const TYPED_NAME = { file: 'authorization credentials', ref: 'credentials' };

function basicAuth(username: SecretSource, password: SecretSource): Credentials {
  return {
    header: async (user) => {
      const { signal, secrets } = user;
      // A name is no secret, and may be an ordinary word.
      const name = (await username({ signal, secrets: NOT_NOTED })).reveal();
      const header = basicHeader(name, (await password(user)).reveal());
      secrets.use(new Secret(header.slice('Basic '.length)));
      return header;
    },
  };
}

/** The value of an Authorization or Proxy-Authorization header for a user (RFC 7617; the bytes are UTF-8). */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function typed(type: string, credentials: SecretSource, file: string): Credentials {
  return {
    header: async (user) => checkedValue('Authorization', `${type} ${(await credentials(user)).reveal()}`, file),
  };
}

/** The module's `http_headers`. */
export interface HttpHeaders {
  /** Canonical name and value of each header line, files read anew; rejects with a ProbeFailure of the phase setup. */
  readonly headers: (user: SecretUser) => Promise<readonly (readonly [name: string, value: string])[]>;
}

/** Compiles `http_headers`: for each name the values first, then the secrets, then what the files hold. */
export function compileHttpHeaders(raw: Readonly<Record<string, RawHeaderValues>>): HttpHeaders {
  const lines = Object.entries(raw).flatMap(([name, { values, secrets, files }]) => {
    const plain = values.map((text) => Promise.resolve(new Secret(text)));
    const hidden = secrets.map((text) => new Secret(text));
    const given: SecretSource[] = [
      ...plain.map((value) => () => value),
      ...hidden.map((secret) => (user: SecretUser) => Promise.resolve(user.secrets.use(secret))),
    ];
    const read = (file: string) => async (user: SecretUser) => {
      const { signal } = user;
      return user.secrets.use(await readSecretFile(file, { purpose: `unable to read headers file ${file}`, signal }));
    };
    const sources = [
      ...given.map((source) => ({ source, file: '' })),
      ...files.map((file) => ({ source: read(file), file })),
    ];
    return sources.map((each) => ({ name: canonicalHeaderName(name), ...each }));
  });
  return {
    headers: (user) =>
      Promise.all(
        lines.map(async ({ name, source, file }) => {
          const value = checkedValue(name, (await source(user)).reveal(), file);
          noteHeader(name, value, user.secrets);
          return [name, value] as const;
        }),
      ),
  };
}

/** A secret with a line break in it would end the header and begin another. `file` is where it is from, or "". */
function checkedValue(name: string, value: string, file: string): string {
  if (isHeaderValue(value)) return value;
  const where = file === '' ? '' : ` (from the file ${file})`;
  const err = `net/http: invalid header field value for "${name}"${where}`;
  throw new ProbeFailure('setup', 'invalid_request', 'Error for HTTP request', { err });
}

import { resolve } from 'node:path';
import { hashDoubt, hashProblem } from '../../../config/rules/web-rules.js';
import type { PemSource, TlsServerConfig, WebConfig } from '../../../config/web-config.js';
import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import type { GivenAccess } from '../../../http/web-options.js';
import { Secret } from '../../../values/secret.js';
import { envarOf } from './redis-envars.js';

const [USER, PASSWORD, HASH] = ['basic-auth-username', 'basic-auth-password', 'basic-auth-hash-password'] as const;
const [CERT, KEY, CA] = ['tls-server-cert-file', 'tls-server-key-file', 'tls-server-ca-cert-file'] as const;
const MIN_VERSION = 'tls-server-min-version';

const value = (name: string, shown: string, help: string): FlagDefinition => ({
  ...{ name, kind: 'value', shown, help, envar: envarOf(name) },
});

/** The flags of redis_exporter for users and TLS of the service itself. */
export const REDIS_WEB_FLAGS: readonly FlagDefinition[] = [
  value(USER, '""', 'The user that clients have to be.'),
  value(PASSWORD, '""', 'Its password. The variable is safer: the flag is in the list of processes.'),
  value(HASH, '""', 'The bcrypt hash of its password, in place of the password.'),
  value(CERT, '""', 'PEM file with the certificate of the service, which then speaks TLS.'),
  value(KEY, '""', 'PEM file with its key.'),
  value(CA, '""', 'PEM file with the authorities of clients, which then have to show a certificate.'),
  value(MIN_VERSION, 'TLS1.2', 'The lowest version of TLS that clients may use: TLS1.0 to TLS1.3.'),
];

const VERSIONS: ReadonlyMap<string, TlsServerConfig['minVersion']> = new Map([
  ['TLS1.0', 'TLSv1'],
  ['TLS1.1', 'TLSv1.1'],
  ['TLS1.2', 'TLSv1.2'],
  ['TLS1.3', 'TLSv1.3'],
]);

/** The header WWW-Authenticate of redis_exporter. */
const CHALLENGE = 'Basic realm="redis-exporter, charset=UTF-8"';

/**
 * Users and TLS that the flags give; undefined if they give none. Throws UsageError, also for half of a pair: with it,
 * redis_exporter serves everybody.
 */
export function readRedisAccess(values: FlagValues): GivenAccess | undefined {
  const users = readUsers(values);
  const tls = readTls(values);
  if (users.size === 0 && tls === undefined) return undefined;
  if (values.text('web.config.file', '') !== '') {
    throw new UsageError('--web.config.file replaces --basic-auth-… and --tls-server-…: give one or the other');
  }
  const config: WebConfig = { tls, http2: true, headers: [], users, rateLimit: undefined };
  return { config, passwords: values.text(HASH, '') === '' ? 'plain' : 'bcrypt', challenge: CHALLENGE };
}

function readUsers(values: FlagValues): WebConfig['users'] {
  const [user, password, hash] = [values.text(USER, ''), values.text(PASSWORD, ''), values.text(HASH, '')];
  if (password !== '' && hash !== '') {
    throw new UsageError('cannot set both basic auth password and basic auth hash password');
  }
  const secret = password === '' ? hash : password;
  if (user === '' && secret === '') return new Map();
  if (user === '' || secret === '') {
    throw new UsageError(
      `--${USER} and --${PASSWORD}, or --${HASH}, need each other: without both, everybody is let in`,
    );
  }
  const problem = hash === '' ? undefined : (hashProblem(hash) ?? hashDoubt(hash));
  if (problem !== undefined) throw new UsageError(`invalid value for flag '--${HASH}': ${problem}`);
  return new Map([[user, new Secret(secret)]]);
}

function readTls(values: FlagValues): TlsServerConfig | undefined {
  const [cert, key, ca] = [values.text(CERT, ''), values.text(KEY, ''), values.text(CA, '')];
  if (cert === '' && key === '' && ca === '') return undefined;
  if (cert === '' || key === '') {
    throw new UsageError(`TLS needs both --${CERT} and --${KEY}: without them, everything is sent in clear`);
  }
  const version = values.text(MIN_VERSION, 'TLS1.2');
  const minVersion = VERSIONS.get(version);
  if (minVersion === undefined) throw new UsageError(`configured minimum TLS version unknown: '${version}'`);
  return {
    cert: pemFile('cert_file', cert),
    key: pemFile('key_file', key),
    clientCa: ca === '' ? undefined : pemFile('client_ca_file', ca),
    clientAuth: ca === '' ? 'none' : 'require-and-verify',
    allowedNames: undefined,
    ...{ minVersion, maxVersion: 'TLSv1.3' },
    ...{ cipherSuites: [], curves: [], preferServerCipherSuites: true },
  };
}

function pemFile(key: Extract<PemSource, { readonly kind: 'file' }>['key'], path: string): PemSource {
  return { kind: 'file', key, path: resolve(path) };
}

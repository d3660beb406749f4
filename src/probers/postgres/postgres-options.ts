import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { ConfigError, within } from '../../values/config-error.js';
import type { RawPostgres, RawTlsConfig } from '../../values/raw-config.js';
import { compileSecret, type SecretSource } from '../http-client/http-secret-source.js';
import { compileCredentialGate, type CredentialGate } from '../server-client/credential-targets.js';
import { ALL_COLLECTORS, type CollectorSpec, DEFAULT_METRICS, SETTINGS } from './collectors/all-collectors.js';
import type { AuthMethod } from './pg-messages.js';

/** What the postgres prober needs. */
export interface PostgresProberDeps {
  readonly resolver: Resolver;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** The options of a postgres module, compiled. */
export interface PostgresOptions {
  readonly addresses: AddressPolicy;
  readonly user: string;
  /** Undefined if the module has none. */
  readonly password: SecretSource | undefined;
  readonly database: string;
  readonly methods: readonly AuthMethod[];
  /** Undefined: no TLS. */
  readonly tls: TlsClient | undefined;
  /** Throws for targets that may not have the credentials. */
  readonly checkCredentials: CredentialGate;
  /** What is asked, in this order. */
  readonly collectors: readonly CollectorSpec[];
}

/** Compiles the `postgres:` block of a module; throws ConfigError. */
export function compilePostgresOptions(raw: RawPostgres, deps: PostgresProberDeps): PostgresOptions {
  const { username, password: text, password_file: file, database } = raw;
  if (text !== '' && file !== '') {
    throw new ConfigError('at most one of password & password_file must be configured', ['password_file']);
  }
  for (const [key, value] of [
    ['username', username],
    ['database', database],
  ] as const) {
    if (value.includes('\0')) throw new ConfigError('a name cannot have a NUL in it', [key]);
  }
  const hasPassword = text !== '' || file !== '';
  const tls = within(['tls_config'], () => deps.compileTls(raw.tls_config));
  return {
    addresses: addressPolicy(raw),
    user: username,
    password: hasPassword
      ? compileSecret({ text, file, ref: '' }, { file: 'postgres password', ref: 'password' })
      : undefined,
    database,
    methods: raw.auth_methods,
    tls: raw.tls ? tls : undefined,
    checkCredentials: compileCredentialGate(raw.credentials_for, hasPassword),
    collectors: chosenCollectors(raw),
  };
}

function chosenCollectors(raw: RawPostgres): readonly CollectorSpec[] {
  const chosen = new Map(Object.entries(raw.collectors));
  for (const name of chosen.keys()) {
    if (ALL_COLLECTORS.some((each) => each.name === name)) continue;
    const known = ALL_COLLECTORS.map((each) => each.name).join(', ');
    throw new ConfigError(`unknown collector; there are ${known}`, ['collectors', name]);
  }
  return [
    ...(raw.settings_metrics ? [SETTINGS] : []),
    ...(raw.default_metrics ? DEFAULT_METRICS : []),
    ...ALL_COLLECTORS.filter(({ name, isDefault }) => chosen.get(name) ?? isDefault),
  ];
}

import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { ConfigError, within } from '../../values/config-error.js';
import type { RawPostgres, RawTlsConfig } from '../../values/raw-config.js';
import { compileSecret, type SecretSource } from '../http-client/http-secret-source.js';
import { compileCredentialGate, type CredentialGate } from '../server-client/credential-targets.js';
import { chosenCollectors } from '../server-client/run-collectors.js';
import {
  allCollectors,
  type CollectorOptions,
  type CollectorSpec,
  DEFAULT_METRICS,
  SETTINGS,
} from './collectors/all-collectors.js';
import type { AuthMethod } from './pg-messages.js';
import { compileQueries, type CustomQuery } from './queries/custom-query.js';

/** The dependencies of the postgres prober. */
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
  /** Whether there is a metric of the version. */
  readonly withVersion: boolean;
  /** The collectors that are asked, in this order. */
  readonly collectors: readonly CollectorSpec[];
  readonly queries: readonly CustomQuery[];
  /** The other databases that are asked; undefined: none. */
  readonly discovery: Discovery | undefined;
}

/** The databases of a server that custom queries run in, besides that of the target. */
export interface Discovery {
  /** Empty: all but those that are excluded. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
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
    withVersion: raw.default_metrics,
    ...collectedOf(raw),
    discovery: raw.discover_databases ? { include: raw.include_databases, exclude: raw.exclude_databases } : undefined,
  };
}

/** A custom query takes the place of the default metrics of the same name, as in postgres_exporter. */
function collectedOf(raw: RawPostgres): Pick<PostgresOptions, 'collectors' | 'queries'> {
  const queries = compileQueries(raw.queries);
  const replaced = new Set(queries.map(({ name }) => name));
  const collectors = [
    ...(raw.settings_metrics ? [SETTINGS] : []),
    ...(raw.default_metrics ? DEFAULT_METRICS.filter(({ name }) => !replaced.has(name)) : []),
    ...chosenCollectors(allCollectors(collectorOptionsOf(raw)), raw.collectors),
  ];
  return { collectors, queries };
}

function collectorOptionsOf({
  exclude_databases: withoutDatabases,
  include_databases: included,
  stat_statements: given,
}: RawPostgres): CollectorOptions {
  const lists = [
    [withoutDatabases, ['exclude_databases']],
    [included, ['include_databases']],
    [given.exclude_databases, ['stat_statements', 'exclude_databases']],
    [given.exclude_users, ['stat_statements', 'exclude_users']],
  ] as const;
  for (const [names, path] of lists) {
    const at = names.findIndex((name) => name.includes('\0'));
    if (at >= 0) throw new ConfigError('a name cannot have a NUL in it', [...path, at]);
  }
  return {
    withoutDatabases,
    statements: {
      withText: given.include_query,
      textLength: given.query_length,
      most: given.limit,
      withoutDatabases: given.exclude_databases,
      withoutUsers: given.exclude_users,
    },
  };
}

import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { ConfigError, within } from '../../values/config-error.js';
import { compileSoundRegexp, type GoRegexp } from '../../values/go/go-regexp.js';
import type { RawRedis, RawTlsConfig } from '../../values/raw-config.js';
import { compileSecret, type SecretSource } from '../http-client/http-secret-source.js';
import { compileCredentialGate, type CredentialGate } from '../server-client/credential-targets.js';
import type { KeyGroupOptions } from './redis-key-groups.js';
import { compileKeyOptions, type KeyOptions } from './redis-key-options.js';
import type { ScriptOptions } from './redis-scripts.js';

/** The dependencies of the redis prober. */
export interface RedisProberDeps {
  readonly resolver: Resolver;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** The options of a redis module, compiled. */
export interface RedisOptions {
  readonly addresses: AddressPolicy;
  readonly tlsAlways: boolean;
  readonly tls: TlsClient;
  /** Undefined if nobody logs in. */
  readonly login: { readonly username: string; readonly password: SecretSource } | undefined;
  /** Throws for targets that may not have the credentials. */
  readonly checkCredentials: CredentialGate;
  /** The queries that the module adds to those that every probe makes. */
  readonly asked: AskedOptions;
  /** Whether a request may name keys in place of those of the module. */
  readonly keysByParameters: boolean;
  /** Whether the log has told already that such parameters are not served. */
  readonly told: { ofParameters: boolean };
}

/** The queries that a module adds to those that every probe makes. */
export interface AskedOptions {
  /** The keys that are looked at; perhaps none. */
  readonly keys: KeyOptions;
  /** Undefined if keys are not grouped. */
  readonly keyGroups: KeyGroupOptions | undefined;
  readonly modules: boolean;
  /** Which indexes of Redis Search are shown; undefined if none is. */
  readonly indexes: GoRegexp | undefined;
  readonly tile38: boolean;
  /** Undefined if there are none. */
  readonly scripts: ScriptOptions | undefined;
  readonly clients: 'none' | 'without ports' | 'with ports';
  readonly system: boolean;
  readonly emptyDatabases: boolean;
  readonly clusterNodes: boolean;
  /** The name of the command CONFIG; undefined if it is not asked. */
  readonly configCommand: string | undefined;
}

/** Compiles the `redis:` block of a module; throws ConfigError. */
export function compileRedisOptions(raw: RawRedis, deps: RedisProberDeps): RedisOptions {
  const { username, password: text, password_file: file } = raw;
  if (text !== '' && file !== '') {
    throw new ConfigError('at most one of password & password_file must be configured', ['password_file']);
  }
  if (username !== '' && text === '' && file === '') {
    throw new ConfigError('a username needs a password or a password_file', ['username']);
  }
  const password = compileSecret({ text, file, ref: '' }, { file: 'redis password', ref: 'password' });
  const login = text === '' && file === '' ? undefined : { username, password };
  return {
    addresses: addressPolicy(raw),
    tlsAlways: raw.tls,
    tls: within(['tls_config'], () => deps.compileTls(raw.tls_config)),
    login,
    checkCredentials: compileCredentialGate(raw.credentials_for, login !== undefined),
    asked: askedOf(raw),
    keysByParameters: raw.keys_by_parameters,
    told: { ofParameters: false },
  };
}

function askedOf(raw: RawRedis): AskedOptions {
  const clients = raw.client_ports ? 'with ports' : 'without ports';
  return {
    keys: compileKeyOptions(raw),
    keyGroups:
      raw.check_key_groups.length === 0
        ? undefined
        : { patterns: raw.check_key_groups, most: raw.max_key_groups, batchSize: raw.scan_count },
    modules: raw.modules,
    indexes:
      raw.search_indexes === '' ? undefined : within(['search_indexes'], () => compileSoundRegexp(raw.search_indexes)),
    tile38: raw.tile38,
    scripts: raw.scripts.length === 0 ? undefined : { scripts: raw.scripts, readOnly: raw.scripts_read_only },
    clients: raw.client_list ? clients : 'none',
    system: raw.system_metrics,
    emptyDatabases: raw.empty_databases,
    clusterNodes: raw.cluster_nodes,
    configCommand: raw.config_command === '-' ? undefined : raw.config_command,
  };
}

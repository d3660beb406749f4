import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { ConfigError, within } from '../../values/config-error.js';
import type { RawRedis, RawTlsConfig } from '../../values/raw-config.js';
import { compileSecret, type SecretSource } from '../http-client/http-secret-source.js';
import { compileCredentialGate, type CredentialGate } from '../server-client/credential-targets.js';
import { compileKeyOptions, hasKeys, type KeyOptions } from './redis-key-options.js';

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
}

/** The queries that a module adds to those that every probe makes. */
export interface AskedOptions {
  /** Undefined if no key is looked at. */
  readonly keys: KeyOptions | undefined;
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
  };
}

function askedOf(raw: RawRedis): AskedOptions {
  const keys = compileKeyOptions(raw);
  const clients = raw.client_ports ? 'with ports' : 'without ports';
  return {
    keys: hasKeys(keys) ? keys : undefined,
    clients: raw.client_list ? clients : 'none',
    system: raw.system_metrics,
    emptyDatabases: raw.empty_databases,
    clusterNodes: raw.cluster_nodes,
    configCommand: raw.config_command === '-' ? undefined : raw.config_command,
  };
}

import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { ConfigError, within } from '../../values/config-error.js';
import type { RawMysql, RawMysqlCollectorOptions, RawTlsConfig } from '../../values/raw-config.js';
import { compileSecret, type SecretSource } from '../http-client/http-secret-source.js';
import { compileCredentialGate, type CredentialGate } from '../server-client/credential-targets.js';
import { chosenCollectors } from '../server-client/run-collectors.js';
import { ALL_COLLECTORS, type MysqlCollector } from './collectors/all-collectors.js';
import type { AuthMethod } from './login/login-rules.js';

/** The dependencies of the mysql prober. */
export interface MysqlProberDeps {
  readonly resolver: Resolver;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** The options of a mysql module, compiled. */
export interface MysqlOptions {
  readonly addresses: AddressPolicy;
  readonly user: string;
  /** Undefined if the module has none. */
  readonly password: SecretSource | undefined;
  readonly methods: readonly AuthMethod[];
  readonly takesServerKey: boolean;
  /** Whether the session's statements stay out of the log of slow queries. */
  readonly hasSlowFilter: boolean;
  /** Undefined: no TLS. */
  readonly tls: TlsClient | undefined;
  /** Whether it goes on without TLS where the server does not speak it. */
  readonly isTlsOptional: boolean;
  /** Throws for targets that may not have the credentials. */
  readonly checkCredentials: CredentialGate;
  /** The collectors that are asked, in this order. */
  readonly collectors: readonly MysqlCollector[];
  /** The options of these collectors. */
  readonly collectorOptions: RawMysqlCollectorOptions;
}

/** Compiles the `mysql:` block of a module; throws ConfigError. */
export function compileMysqlOptions(raw: RawMysql, deps: MysqlProberDeps): MysqlOptions {
  const { username, password: text, password_file: file } = raw;
  if (text !== '' && file !== '') {
    throw new ConfigError('at most one of password & password_file must be configured', ['password_file']);
  }
  if (username.includes('\0')) throw new ConfigError('a name cannot have a NUL in it', ['username']);
  if (raw.tls_optional && !raw.tls) throw new ConfigError('it has no effect without tls', ['tls_optional']);
  const hasPassword = text !== '' || file !== '';
  const tls = within(['tls_config'], () => deps.compileTls(raw.tls_config));
  return {
    addresses: addressPolicy(raw),
    user: username,
    password: hasPassword
      ? compileSecret({ text, file, ref: '' }, { file: 'mysql password', ref: 'password' })
      : undefined,
    methods: raw.auth_methods,
    takesServerKey: raw.get_server_public_key,
    hasSlowFilter: raw.log_slow_filter,
    tls: raw.tls ? tls : undefined,
    isTlsOptional: raw.tls_optional,
    checkCredentials: compileCredentialGate(raw.credentials_for, hasPassword),
    collectors: chosenCollectors(ALL_COLLECTORS, raw.collectors),
    collectorOptions: raw.collector_options,
  };
}

import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { within } from '../../values/config-error.js';
import type { RawNginx, RawTlsConfig } from '../../values/raw-config.js';
import {
  compileCredentials,
  compileHttpHeaders,
  type Credentials,
  type HttpHeaders,
} from '../http-client/http-credentials.js';
import { compileCredentialGate, type CredentialGate } from '../server-client/credential-targets.js';

/** The dependencies of the nginx prober. */
export interface NginxProberDeps {
  readonly resolver: Resolver;
  readonly userAgent: string;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** The options of an nginx module, compiled. */
export interface NginxOptions {
  readonly userAgent: string;
  readonly addresses: AddressPolicy;
  readonly tls: TlsClient;
  readonly credentials: Credentials | undefined;
  readonly headers: HttpHeaders;
  /** Throws for targets that may not have the credentials. */
  readonly checkCredentials: CredentialGate;
}

/** Compiles the `nginx:` block of a module; throws ConfigError. */
export function compileNginxOptions(raw: RawNginx, deps: NginxProberDeps): NginxOptions {
  const { basic_auth, authorization, http_headers: headers } = raw;
  const credentials = compileCredentials({
    ...(basic_auth !== undefined && { basic_auth }),
    ...(authorization !== undefined && { authorization }),
    bearer_token: '',
    bearer_token_file: '',
  });
  const hasCredentials = credentials !== undefined || Object.keys(headers).length > 0;
  return {
    userAgent: deps.userAgent,
    addresses: addressPolicy(raw),
    tls: within(['tls_config'], () => deps.compileTls(raw.tls_config)),
    credentials,
    headers: compileHttpHeaders(headers),
    checkCredentials: compileCredentialGate(raw.credentials_for, hasCredentials),
  };
}

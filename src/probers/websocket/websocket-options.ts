import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import type { SecretUser } from '../../probe/used-secrets.js';
import { within } from '../../values/config-error.js';
import type { RawHandshakeHeader, RawHttpClient, RawTlsConfig, RawWebsocket } from '../../values/raw-config.js';
import { compileQuerySteps, type QueryStep } from '../query-response/query-step.js';

/** A header line of the handshake: its name as Go canonicalises it, and its value. */
export type HeaderLine = readonly [name: string, value: string];

/** The value of an Authorization header, files read anew; rejects with a ProbeFailure of the phase setup. */
export interface Credentials {
  readonly header: (user: SecretUser) => Promise<string>;
}

/** Header lines, files read anew; rejects with a ProbeFailure of the phase setup. */
export interface ConfiguredHeaders {
  readonly headers: (user: SecretUser) => Promise<readonly HeaderLine[]>;
}

/** The dependencies of compiling a websocket module. The http prober's code supplies credentials and headers. */
export interface WebsocketDeps {
  readonly userAgent: string;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
  readonly compileCredentials: (raw: RawHttpClient) => Credentials | undefined;
  readonly compileHeaders: (raw: Readonly<Record<string, RawHandshakeHeader>>) => ConfiguredHeaders;
}

/** The options of a websocket module, compiled. */
export interface WebsocketOptions {
  readonly userAgent: string;
  readonly addresses: AddressPolicy;
  readonly tls: TlsClient;
  readonly credentials: Credentials | undefined;
  readonly headers: ConfiguredHeaders;
  readonly steps: readonly QueryStep[];
}

/**
 * Compiles the `websocket:` block of a module; of http_config only credentials and tls_config count, as in upstream.
 * Throws ConfigError.
 */
export function compileWebsocketOptions(raw: RawWebsocket, deps: WebsocketDeps): WebsocketOptions {
  const { http_config: client } = raw;
  return {
    userAgent: deps.userAgent,
    addresses: addressPolicy(raw),
    tls: within(['http_config', 'tls_config'], () => deps.compileTls(client.tls_config)),
    credentials: hasCredentials(client) ? deps.compileCredentials(client) : undefined,
    headers: deps.compileHeaders(raw.headers),
    steps: within(['query_response'], () => compileQuerySteps(raw.query_response)),
  };
}

/** An authorization without credentials sends nothing. */
function hasCredentials({ basic_auth: basic, authorization }: RawHttpClient): boolean {
  if (basic !== undefined || authorization === undefined) return true;
  return [authorization.credentials, authorization.credentials_file, authorization.credentials_ref].some(
    (text) => text !== '',
  );
}

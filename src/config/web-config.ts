import { isAbsolute, join } from 'node:path';
import { parseGoDuration } from '../values/duration.js';
import type { RawHeaders, RawTlsServerConfig, RawWebConfig } from '../values/raw-web-config.js';
import { Secret } from '../values/secret.js';

/** The web config file, ready for use. */
export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls: TlsServerConfig | undefined;
  readonly http2: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Names of the users with their bcrypt hashes; everybody is let in if there are none. */
  readonly users: ReadonlyMap<string, Secret>;
  readonly rateLimit: RateLimit | undefined;
}

export interface RateLimit {
  readonly intervalSeconds: number;
  readonly burst: number;
}

/** TLS of the service, as the file describes it. */
export interface TlsServerConfig {
  readonly cert: PemSource;
  readonly key: PemSource;
  /** Undefined: the authorities of the system. */
  readonly clientCa: PemSource | undefined;
  readonly clientAuth: ClientAuth;
  /** Undefined: any. */
  readonly allowedNames: ReadonlySet<string> | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** All possible ones if empty. */
  readonly cipherSuites: RawTlsServerConfig['cipher_suites'];
  /** The platform's choice if empty. */
  readonly curves: RawTlsServerConfig['curve_preferences'];
  readonly preferServerCipherSuites: boolean;
}

/** Where PEM text comes from, with the key of `tls_server_config` that says so. */
export type PemSource =
  | { readonly kind: 'inline'; readonly key: PemKey; readonly text: Secret }
  | { readonly kind: 'file'; readonly key: PemFileKey; readonly path: string };

type PemKey = 'cert' | 'key' | 'client_ca';
type PemFileKey = `${PemKey}_file`;

/** What is asked of clients: no certificate, one if they like, any, one that verifies if there is one, one that verifies. */
export type ClientAuth = 'none' | 'request' | 'require' | 'verify-if-given' | 'require-and-verify';

/** In Node's words. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

const CLIENT_AUTH = {
  '': 'none',
  NoClientCert: 'none',
  RequestClientCert: 'request',
  RequireClientCert: 'require',
  RequireAnyClientCert: 'require',
  VerifyClientCertIfGiven: 'verify-if-given',
  RequireAndVerifyClientCert: 'require-and-verify',
} as const satisfies Readonly<Record<RawTlsServerConfig['client_auth_type'], ClientAuth>>;

/** The file's values ready for use, once rules have found nothing wrong with them; files are relative to `directory`. */
export function compileWebConfig(raw: RawWebConfig, directory: string): WebConfig {
  const { tls_server_config: tls, http_server_config: http, basic_auth_users: users, rate_limit: limit } = raw;
  const intervalSeconds = parseGoDuration(limit.interval);
  return {
    tls: tlsIsOn(tls) ? compileTls(tls, directory) : undefined,
    http2: http.http2,
    headers: headerEntries(http.headers),
    users: new Map(Object.entries(users).map(([name, hash]) => [name, new Secret(hash)])),
    rateLimit: intervalSeconds === 0 ? undefined : { intervalSeconds, burst: limit.burst },
  };
}

/** TLS is on if one of these keys is there, as by exporter-toolkit's `TLSConfig.IsEnabled`; versions and ciphers alone turn nothing on. */
export function tlsIsOn(tls: RawTlsServerConfig): boolean {
  const { cert, cert_file, key, key_file, client_ca, client_ca_file, client_auth_type } = tls;
  return [cert, cert_file, key, key_file, client_ca, client_ca_file, client_auth_type].some((text) => text !== '');
}

/** The headers that are set, with their values. */
export function headerEntries(headers: RawHeaders): readonly (readonly [name: string, value: string])[] {
  return Object.entries<string>({ ...headers });
}

/** What is asked of clients. */
export function clientAuthOf({ client_auth_type }: RawTlsServerConfig): ClientAuth {
  return CLIENT_AUTH[client_auth_type];
}

function compileTls(raw: RawTlsServerConfig, directory: string): TlsServerConfig {
  const source = (key: PemKey): PemSource => pemSource(raw, key, directory);
  const hasClientCa = raw.client_ca !== '' || raw.client_ca_file !== '';
  return {
    cert: source('cert'),
    key: source('key'),
    clientCa: hasClientCa ? source('client_ca') : undefined,
    clientAuth: clientAuthOf(raw),
    allowedNames: raw.client_allowed_sans === undefined ? undefined : new Set(raw.client_allowed_sans),
    minVersion: TLS_VERSIONS[raw.min_version],
    maxVersion: TLS_VERSIONS[raw.max_version],
    cipherSuites: raw.cipher_suites,
    curves: raw.curve_preferences,
    preferServerCipherSuites: raw.prefer_server_cipher_suites,
  };
}

function pemSource(raw: RawTlsServerConfig, key: PemKey, directory: string): PemSource {
  const path = raw[`${key}_file`];
  if (path === '') return { kind: 'inline', key, text: new Secret(raw[key]) };
  return { kind: 'file', key: `${key}_file`, path: isAbsolute(path) ? path : join(directory, path) };
}

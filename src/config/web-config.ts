import { isAbsolute, join } from 'node:path';
import { parseGoDuration } from '../values/duration.js';
import type { RawHeaders, RawTlsServerConfig, RawWebConfig } from '../values/raw-web-config.js';
import { Secret } from '../values/secret.js';

/** The web config file in the form that the service uses. */
export interface WebConfig {
  /** Undefined means plain HTTP. */
  readonly tls: TlsServerConfig | undefined;
  readonly http2: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Key: the user's name; value: the bcrypt hash. If it is empty, everybody has access. */
  readonly users: ReadonlyMap<string, Secret>;
  readonly rateLimit: RateLimit | undefined;
}

/** Lets one request in each interval, and `burst` requests at once after a pause. */
export interface RateLimit {
  readonly intervalSeconds: number;
  readonly burst: number;
}

/** TLS of the service, as the file describes it. */
export interface TlsServerConfig {
  readonly cert: PemSource;
  readonly key: PemSource;
  /** Undefined means the system's authorities. */
  readonly clientCa: PemSource | undefined;
  readonly clientAuth: ClientAuth;
  /** Undefined means any name. */
  readonly allowedNames: ReadonlySet<string> | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Empty means all possible ones. */
  readonly cipherSuites: RawTlsServerConfig['cipher_suites'];
  /** Empty means the platform's choice. */
  readonly curves: RawTlsServerConfig['curve_preferences'];
  readonly preferServerCipherSuites: boolean;
}

/** The source of PEM text, and the key of `tls_server_config` that names it. */
export type PemSource =
  | { readonly kind: 'inline'; readonly key: PemKey; readonly text: Secret }
  | { readonly kind: 'file'; readonly key: PemFileKey; readonly path: string };

type PemKey = 'cert' | 'key' | 'client_ca';
type PemFileKey = `${PemKey}_file`;

/**
 * The certificate that clients must send: none, an optional one, any, an optional one that is verified, or a required
 * one that is verified.
 */
export type ClientAuth = 'none' | 'request' | 'require' | 'verify-if-given' | 'require-and-verify';

/** TLS versions as Node writes them. */
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

/**
 * Converts the file's values, which must satisfy the rules, into the form that the service uses. Files are relative to
 * `directory`.
 */
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

/**
 * Whether TLS is on: one of these keys is present (exporter-toolkit, `TLSConfig.IsEnabled`). Versions and ciphers alone
 * do not switch it on.
 */
export function tlsIsOn(tls: RawTlsServerConfig): boolean {
  const { cert, cert_file, key, key_file, client_ca, client_ca_file, client_auth_type } = tls;
  return [cert, cert_file, key, key_file, client_ca, client_ca_file, client_auth_type].some((text) => text !== '');
}

/** Returns the headers that are set, with their values. */
export function headerEntries(headers: RawHeaders): readonly (readonly [name: string, value: string])[] {
  return Object.entries<string>({ ...headers });
}

/** Returns which certificate clients must send. */
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

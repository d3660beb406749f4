import { ConfigError } from '../../values/config-error.js';
import type { RawAuthorization, RawBasicAuth, RawHttpClient, RawNginx, RawOauth2 } from '../../values/raw-config.js';
import { atMostOne, inside, setKeys } from './at-most-one.js';
import { proxyRules } from './proxy-rules.js';
import { tlsConfigRules } from './tls-config-rules.js';

/** Headers that http_headers must not set, because the program or another key sets them. */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set(
  `Authorization Host Content-Encoding Content-Length Content-Type User-Agent Connection Keep-Alive Proxy-Authenticate
  Proxy-Authorization Www-Authenticate Accept-Encoding X-Prometheus-Remote-Write-Version X-Prometheus-Remote-Read-Version
  X-Prometheus-Scrape-Timeout-Seconds X-Amz-Date X-Amz-Security-Token X-Amz-Content-Sha256`
    .toLowerCase()
    .split(/\s+/),
);
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SIGNATURE_ALGORITHMS: readonly string[] = ['RS256', 'RS384', 'RS512'];

/** Upstream's rules between the keys of an HTTP client (prometheus/common, config.HTTPClientConfig.Validate). */
export function* httpClientRules(raw: RawHttpClient): Generator<ConfigError> {
  yield* credentialRules(raw);
  if (raw.basic_auth) yield* inside('basic_auth', basicAuthRules(raw.basic_auth));
  if (raw.authorization) yield* inside('authorization', authorizationRules(raw.authorization));
  if (raw.oauth2) yield* inside('oauth2', oauth2Rules(raw.oauth2));
  yield* inside('tls_config', tlsConfigRules(raw.tls_config));
  yield* proxyRules(raw);
  yield* headerRules(raw);
}

/** Applies these rules to a block that has a part of the keys: credentials, headers and TLS. */
export function* httpLoginRules(raw: Omit<RawNginx, 'credentials_for'>): Generator<ConfigError> {
  if (raw.basic_auth && raw.authorization) {
    yield new ConfigError('at most one of basic_auth & authorization must be configured', ['authorization']);
  }
  if (raw.basic_auth) yield* inside('basic_auth', basicAuthRules(raw.basic_auth));
  if (raw.authorization) yield* inside('authorization', authorizationRules(raw.authorization));
  yield* inside('tls_config', tlsConfigRules(raw.tls_config));
  yield* headerRules(raw);
}

function* headerRules(raw: Pick<RawHttpClient, 'http_headers'>): Generator<ConfigError> {
  for (const name of Object.keys(raw.http_headers)) {
    if (!RESERVED_HEADERS.has(name.toLowerCase())) continue;
    yield new ConfigError(`setting header ${JSON.stringify(name)} is not allowed`, ['http_headers', name]);
  }
}

/** There must be at most one kind of credentials. */
function* credentialRules(raw: RawHttpClient): Generator<ConfigError> {
  const bearer = setKeys(raw, ['bearer_token', 'bearer_token_file']);
  yield* atMostOne(raw, bearer, 'at most one of bearer_token & bearer_token_file must be configured');
  const kinds = (['basic_auth', 'authorization', 'oauth2'] as const).filter((key) => raw[key] !== undefined);
  const [firstBearer] = bearer;
  if (firstBearer !== undefined && raw.authorization !== undefined) {
    yield new ConfigError('authorization is not compatible with bearer_token & bearer_token_file', [firstBearer]);
  } else if (firstBearer !== undefined && kinds.length > 0) {
    const message = 'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured';
    yield new ConfigError(message, [firstBearer]);
  }
  if (kinds.length > 1) {
    yield new ConfigError('at most one of basic_auth, oauth2 & authorization must be configured', kinds.slice(1, 2));
  }
}

function* basicAuthRules(raw: RawBasicAuth): Generator<ConfigError> {
  const users = ['username', 'username_file', 'username_ref'] as const;
  yield* atMostOne(raw, users, 'at most one of basic_auth username, username_file & username_ref must be configured');
  const passwords = ['password', 'password_file', 'password_ref'] as const;
  yield* atMostOne(
    raw,
    passwords,
    'at most one of basic_auth password, password_file & password_ref must be configured',
  );
}

function* authorizationRules(raw: RawAuthorization): Generator<ConfigError> {
  if (raw.type.trim().toLowerCase() === 'basic') {
    yield new ConfigError('authorization type cannot be set to "basic", use "basic_auth" instead', ['type']);
  }
  const keys = ['credentials', 'credentials_file', 'credentials_ref'] as const;
  yield* atMostOne(raw, keys, 'at most one of authorization credentials & credentials_file must be configured');
}

function* oauth2Rules(raw: RawOauth2): Generator<ConfigError> {
  yield* inside('tls_config', tlsConfigRules(raw.tls_config));
  yield* proxyRules(raw);
  if (raw.grant_type !== JWT_BEARER) {
    const secrets = ['client_secret', 'client_secret_file', 'client_secret_ref'] as const;
    yield* atMostOne(raw, secrets, oneOauth2Key(secrets, 'client_credentials'));
    return;
  }
  const keys = ['client_certificate_key', 'client_certificate_key_file', 'client_certificate_key_ref'] as const;
  yield* atMostOne(raw, keys, oneOauth2Key(keys, JWT_BEARER));
  if (!SIGNATURE_ALGORITHMS.includes(raw.signature_algorithm)) {
    yield new ConfigError('valid signature algorithms are RS256, RS384 and RS512', ['signature_algorithm']);
  }
}

function oneOauth2Key([first, second, third]: readonly [string, string, string], grantType: string): string {
  return `at most one of oauth2 ${first}, ${second} & ${third} must be configured using grant-type=${grantType}`;
}

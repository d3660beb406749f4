import { parseGoDuration } from '../../values/duration.js';
import type { RawHeaders, RawTlsServerConfig, RawWebConfig } from '../../values/raw-web-config.js';
import type { Finding } from '../schema/finding.js';
import { clientAuthOf, headerEntries, tlsIsOn } from '../web-config.js';

/** The blocks of the web config file. */
export const WEB_BLOCKS = ['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit'] as const;

/**
 * Applies the rules between the keys of a block, most of which are exporter-toolkit's (web/tls_config.go,
 * web/handler.go).
 */
export function* webRules(web: RawWebConfig, block: (typeof WEB_BLOCKS)[number]): Generator<Finding> {
  switch (block) {
    case 'tls_server_config':
      if (!tlsIsOn(web.tls_server_config)) return;
      yield* tlsRules(web.tls_server_config);
      if (web.http_server_config.http2) yield* http2Rules(web.tls_server_config);
      return;
    case 'http_server_config':
      yield* headerRules(web.http_server_config.headers);
      return;
    case 'basic_auth_users':
      yield* userRules(web.basic_auth_users);
      return;
    case 'rate_limit':
      yield* rateLimitRules(web.rate_limit);
      return;
    default:
      return block satisfies never;
  }
}

const BLOCK = 'tls_server_config';

function* tlsRules(tls: RawTlsServerConfig): Generator<Finding> {
  for (const key of ['cert', 'key'] as const) {
    if (tls[key] === '' && tls[`${key}_file`] === '') {
      const message = `missing one of ${key} or ${key}_file: TLS needs a certificate and its key`;
      yield { path: [BLOCK], at: 'key', message };
    }
  }
  yield* clientRules(tls);
  if (tls.max_version < tls.min_version) {
    const message = `${tls.max_version} is lower than min_version, which is ${tls.min_version}: no client could connect`;
    yield { path: [BLOCK, 'max_version'], at: 'value', message };
  }
}

/**
 * RFC 9113, 9.2.2 has one suite that every peer can use; as Go's server, which minds it unless TLS 1.3 is the least.
 */
const HTTP2_SUITES: readonly string[] = [
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
];

function* http2Rules({ cipher_suites: suites, min_version: least }: RawTlsServerConfig): Generator<Finding> {
  if (suites.length === 0 || least === 'TLS13' || suites.some((suite) => HTTP2_SUITES.includes(suite))) return;
  const message = `HTTP/2 needs one of ${HTTP2_SUITES.join(' and ')}; add it, or set http_server_config.http2 to false`;
  yield { path: [BLOCK, 'cipher_suites'], at: 'value', message };
}

function* clientRules(tls: RawTlsServerConfig): Generator<Finding> {
  const auth = clientAuthOf(tls);
  const ca = tls.client_ca_file === '' ? 'client_ca' : 'client_ca_file';
  if (tls[ca] !== '' && auth === 'none') {
    const message =
      "client CA's have been configured without a Client Auth Policy; set client_auth_type, for example to RequireAndVerifyClientCert";
    yield { path: [BLOCK, ca], at: 'key', message };
  }
  // Without a required certificate there is nothing to compare, as upstream's newest version says.
  if (tls.client_allowed_sans !== undefined && auth !== 'require' && auth !== 'require-and-verify') {
    const message =
      'client_allowed_sans requires client_auth_type to be one of RequireAnyClientCert or RequireAndVerifyClientCert';
    yield { path: [BLOCK, 'client_allowed_sans'], at: 'key', message };
  }
}

function* headerRules(headers: RawHeaders): Generator<Finding> {
  for (const [name, value] of headerEntries(headers)) {
    // Characters that node:http would refuse in every answer (RFC 9110, section 5.5).
    if (!/[^\t\x20-\x7e\x80-\xff]/.test(value)) continue;
    const message = 'the value has characters that a header cannot carry; write it in one line of ASCII';
    yield { path: ['http_server_config', 'headers', name], at: 'value', message };
  }
}

function* userRules(users: RawWebConfig['basic_auth_users']): Generator<Finding> {
  for (const [name, hash] of Object.entries(users)) {
    const message = hashProblem(hash);
    if (message !== undefined) yield { path: ['basic_auth_users', name], at: 'value', message };
  }
}

/** The beginning of a bcrypt hash. The hash is a secret, so it is not quoted. */
const BCRYPT = /^\$2[abxy]?\$(\d\d)\$/;
const BCRYPT_CHARACTERS = 60;
const HOW_TO_MAKE = 'make one with `htpasswd -nBC 10 NAME`';

/** Why a bcrypt hash cannot be used, in Go's words; undefined for one that can. */
export function hashProblem(hash: string): string | undefined {
  const [, cost] = BCRYPT.exec(hash) ?? [];
  if (cost === undefined || hash.length < 59) {
    const why = hash.length < 59 ? 'hashedSecret too short to be a bcrypted password' : 'this is no bcrypt hash';
    return `crypto/bcrypt: ${why}; ${HOW_TO_MAKE}`;
  }
  if (Number(cost) < 4 || Number(cost) > 31) {
    return `crypto/bcrypt: cost ${Number(cost)} is outside allowed inclusive range 4..31; ${HOW_TO_MAKE}`;
  }
  return undefined;
}

/** Why a hash is probably a mistake although upstream starts with it; undefined for a sound one. */
export function hashDoubt(hash: string): string | undefined {
  if (hash.length > BCRYPT_CHARACTERS) {
    return `the hash has ${hash.length} characters, of which the first ${BCRYPT_CHARACTERS} count: a bcrypt hash has no more; ${HOW_TO_MAKE}`;
  }
  const isWhole = /^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash);
  return isWhole ? undefined : `nobody can log in with this: it is no whole bcrypt hash; ${HOW_TO_MAKE}`;
}

function* rateLimitRules({ interval, burst }: RawWebConfig['rate_limit']): Generator<Finding> {
  const seconds = parseGoDuration(interval);
  if (seconds < 0) {
    const message = `${interval} is not possible here; it must be longer than 0s, or 0s for no limit`;
    yield { path: ['rate_limit', 'interval'], at: 'value', message };
  }
  if (seconds > 0 && burst < 1) {
    const message = `${burst} is not possible here; it must be at least 1, or every request would be refused`;
    yield { path: ['rate_limit', 'burst'], at: 'value', message };
  }
}

/** A web config file, beside which stand `cert.pem`, `key.pem` (a pair) and `other-key.pem`. */
export interface WebAcceptRow {
  readonly name: string;
  readonly yaml: string;
  readonly accepted: boolean;
  /** Why upstream's 0.28 says otherwise; documented in docs/web-config.md. */
  readonly upstream?: string;
  /** What the first problem is, with `line:column: path: message` after the file's name. */
  readonly problem?: RegExp;
  /** What the first warning is, likewise. */
  readonly warning?: RegExp;
}

const PAIR = 'cert_file: cert.pem, key_file: key.pem';
const HASH = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

const tls = (
  settings: string,
  accepted: boolean,
  more: Pick<WebAcceptRow, 'upstream' | 'problem' | 'warning'> = {},
): WebAcceptRow => ({ name: `tls: ${settings}`, yaml: `tls_server_config: { ${settings} }\n`, accepted, ...more });

const user = (
  hash: string,
  accepted: boolean,
  more: Pick<WebAcceptRow, 'upstream' | 'problem' | 'warning'> = {},
): WebAcceptRow => ({
  name: `user: ${hash.slice(0, 12)}, ${hash.length} characters`,
  yaml: `basic_auth_users:\n  a: ${hash}\n`,
  accepted,
  ...more,
});

const header = (
  setting: string,
  accepted: boolean,
  more: Pick<WebAcceptRow, 'upstream' | 'problem' | 'warning'> = {},
): WebAcceptRow => ({
  name: `header: ${setting}`,
  yaml: `http_server_config:\n  headers:\n    ${setting}\n`,
  accepted,
  ...more,
});

const limit = (
  settings: string,
  accepted: boolean,
  more: Pick<WebAcceptRow, 'upstream' | 'problem' | 'warning'> = {},
): WebAcceptRow => ({
  name: `rate_limit: ${settings}`,
  yaml: `rate_limit: { ${settings} }\n`,
  accepted,
  ...more,
});

export const WEB_ACCEPT_TABLE: readonly WebAcceptRow[] = [
  { name: 'an empty file', yaml: '', accepted: true },
  { name: 'a comment', yaml: '# nothing\n', accepted: true },
  {
    name: 'empty blocks',
    yaml: 'tls_server_config:\nhttp_server_config: ~\nrate_limit: {}\nbasic_auth_users: null\n',
    accepted: true,
  },
  { name: 'a text', yaml: 'just text\n', accepted: false },
  { name: 'a list', yaml: '[]\n', accepted: false },
  { name: 'no YAML', yaml: 'a: [\n', accepted: false, problem: /^\d+:\d+: not YAML/ },
  {
    name: 'an unknown block',
    yaml: 'tls_config: {}\n',
    accepted: false,
    problem: /^1:1: tls_config: there is no such key/,
  },
  {
    name: 'a block twice',
    yaml: 'rate_limit: {}\nrate_limit: {}\n',
    accepted: false,
    problem: /^2:1: rate_limit: the key is there twice; the first is at 1:1/,
  },
  { name: 'a second document is not looked at', yaml: 'rate_limit: {}\n---\nx: y\n', accepted: true },
  { name: 'a merged mapping', yaml: '<<: { basic_auth_users: {} }\n', accepted: true },
  tls(PAIR, true),
  tls('min_version: TLS13', true),
  tls('cert_file: cert.pem', false, { problem: /^1:1: tls_server_config: missing one of key or key_file/ }),
  tls('key_file: key.pem', false, { problem: /^1:1: tls_server_config: missing one of cert or cert_file/ }),
  tls('client_auth_type: NoClientCert', false),
  tls('client_auth_type: ""', true),
  tls('cert_file: none.pem, key_file: key.pem', false, {
    problem: /^1:33: tls_server_config.cert_file: failed to read cert_file \(.*none.pem\): open/,
  }),
  tls('cert_file: cert.pem, key_file: none.pem', false, {
    problem: /^1:53: tls_server_config.key_file: failed to read key_file/,
  }),
  tls('cert_file: cert.pem, key_file: other-key.pem', false, {
    problem: /failed to load X509KeyPair: tls: private key does not match public key/,
  }),
  tls('cert_file: cert.pem, key_file: cert.pem', false, { problem: /found a certificate rather than a key/ }),
  tls('cert: xx, key: yy', false, {
    problem:
      /^1:28: tls_server_config.cert: failed to load X509KeyPair: tls: failed to find any PEM data in certificate input/,
  }),
  tls(`cert: xx, key: yy, ${PAIR}`, true),
  tls(`${PAIR}, client_auth_type: RequireAndVerifyClientCert`, true),
  tls(`${PAIR}, client_auth_type: RequireClientCert`, true),
  tls(`${PAIR}, client_auth_type: noclientcert`, false, { problem: /did you mean "NoClientCert"\?$/ }),
  tls(`${PAIR}, client_ca_file: cert.pem`, false, {
    problem: /tls_server_config.client_ca_file: client CA's have been configured without a Client Auth Policy/,
  }),
  tls(`${PAIR}, client_auth_type: RequireAnyClientCert, client_ca_file: none.pem`, false),
  tls(`${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: key.pem`, false, {
    upstream: 'nobody could ever connect',
    problem: /client_ca_file: there is no certificate \(PEM\) in it/,
  }),
  tls(`${PAIR}, client_auth_type: RequireAnyClientCert, client_allowed_sans: [a, b]`, true),
  tls(`${PAIR}, client_allowed_sans: [a]`, false, {
    upstream: 'only its newest version refuses what would be ignored',
  }),
  tls(`${PAIR}, client_allowed_sans: ~`, true),
  tls(`${PAIR}, min_version: TLS9`, false, { problem: /must be one of TLS10, TLS11, TLS12, TLS13$/ }),
  tls(`${PAIR}, min_version: ~`, true),
  tls(`${PAIR}, min_version: TLS13, max_version: TLS12`, false, {
    upstream: 'no client could ever connect',
    problem: /TLS12 is lower than min_version/,
  }),
  tls(`${PAIR}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TLS_AES_128_GCM_SHA256]`, false, {
    problem: /cipher_suites: HTTP\/2 needs one of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 and /,
  }),
  tls(`${PAIR}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]`, true),
  tls(`${PAIR}, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]`, true),
  tls(`${PAIR}, min_version: TLS13, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]`, true),
  tls(`${PAIR}, cipher_suites: []`, true),
  {
    name: 'tls without the suite of HTTP/2, without HTTP/2',
    yaml: `tls_server_config: { ${PAIR}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA] }\nhttp_server_config: { http2: false }\n`,
    accepted: true,
  },
  tls(`${PAIR}, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]`, false, {
    problem: /cipher_suites\[0\]: "TLS_RSA_WITH_AES_128_CBC_SHA" is not possible here/,
  }),
  tls(`${PAIR}, curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]`, true),
  tls(`${PAIR}, curve_preferences: [X448]`, false),
  tls(`${PAIR}, prefer_server_cipher_suites: no`, true),
  tls(`${PAIR}, http2: true`, false),
  { name: 'http2: y', yaml: 'http_server_config: { http2: y }\n', accepted: true },
  { name: 'http2: maybe', yaml: 'http_server_config: { http2: maybe }\n', accepted: false },
  tls(`${PAIR}, min_version: TLS19`, false, {
    problem: /did you mean "TLS10"\? it must be one of TLS10, TLS11, TLS12, TLS13/,
  }),
  header('X-Frame-Options: deny', true),
  header('X-Frame-Options: Deny', false, {
    problem: /X-Frame-Options: "Deny" is not possible here; did you mean "deny"\?/,
  }),
  header('x-frame-options: deny', false, { problem: /there is no such key; did you mean "X-Frame-Options"\?/ }),
  header('X-Content-Type-Options: nosniff', true),
  header('X-Content-Type-Options: sniff', false),
  header('Strict-Transport-Security: max-age=31536000; includeSubDomains', true),
  header("Content-Security-Policy: default-src 'self'", true),
  header('X-XSS-Protection: 5', true),
  header('X-Powered-By: Sonde', false),
  header('Content-Security-Policy: "a\\nb"', false, { upstream: 'it makes a space of the line break' }),
  user(HASH, true),
  user(`'${HASH}'`, true),
  user(HASH.replace('2y', '2a'), true),
  user(HASH.replace('2y', '2b'), true),
  user(HASH.replace('2y', '2'), true),
  user('secret', false, {
    problem:
      /^2:6: basic_auth_users.a: crypto\/bcrypt: hashedSecret too short to be a bcrypted password; make one with `htpasswd -nBC 10 NAME`$/,
  }),
  user('~', false),
  user(HASH.replace('$10$', '$03$'), false, { problem: /cost 3 is outside allowed inclusive range 4\.\.31/ }),
  user(HASH.replace('$10$', '$32$'), false),
  user(HASH.replace('2y', '3y'), false),
  user(HASH.slice(0, -1), true, { warning: /basic_auth_users\.a: warning: nobody can log in with this/ }),
  user(`${HASH}x`, true, { warning: /2:6: basic_auth_users\.a: warning: the hash has 61 characters/ }),
  { name: 'a list of users', yaml: 'basic_auth_users: [a]\n', accepted: false },
  limit('interval: 1s, burst: 1', true),
  limit('burst: 5', true),
  limit('interval: 1d, burst: 1', false),
  limit('interval: 0s, burst: 0', true),
  limit('interval: 0', true),
  limit('interval: "0", burst: 5', true),
  limit('interval: 1000, burst: 1', false, {
    upstream: 'it takes a bare number for nanoseconds',
    problem: /`1000` is no duration; write it with a unit/,
  }),
  limit('interval: 1s', false, {
    upstream: 'every request would be refused',
    problem: /burst: 0 is not possible here; it must be at least 1/,
  }),
  limit('interval: -1s, burst: 1', false, { upstream: 'there would be no limit' }),
];

/** A request that both programs get. */
export interface EndpointCase {
  readonly name: string;
  /** `TARGET` stands for a URL that answers. */
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body holds times and counts. */
  readonly ignoreText?: true;
  /** In what Sonde is meant to answer otherwise; a row of the README's "Differences from upstream". */
  readonly ours?: Readonly<Record<string, unknown>>;
}

/** A configuration with what /config and debug pages have to hide, leave out and write in their own way. */
export const CONFIG = `
modules:
  http_2xx:
    prober: http
  full:
    prober: http
    timeout: 1h2m3500ms
    http:
      valid_status_codes: [200, 301]
      valid_http_versions: ["HTTP/1.1", "HTTP/2.0"]
      preferred_ip_protocol: ip4
      ip_protocol_fallback: false
      no_follow_redirects: true
      method: POST
      headers: {Host: a.example, X-A: "b: c", x-b: "007"}
      body: |
        two
        lines
      fail_if_body_matches_regexp: ["a.b", "(?i)x"]
      fail_if_header_not_matches: [{header: Server, regexp: '^n', allow_missing: true}]
      basic_auth: {username: me, password: secret}
      proxy_url: http://u:p@127.0.0.1:1
      tls_config: {min_version: TLS12, server_name: x}
      body_size_limit: 1MB500KB
  token: {prober: http, http: {bearer_token: abc, enable_http2: false}}
  auth: {prober: http, http: {authorization: {type: Token, credentials: xyz}, http_headers: {X: {values: [a], secrets: [b]}}}}
  oauth: {prober: http, http: {oauth2: {client_id: a, client_secret: b, token_url: "http://x", scopes: [s], endpoint_params: {k: v}}}}
  cel: {prober: http, http: {fail_if_body_json_matches_cel: "body.a == 1"}}
  404: {prober: http}
  dns: {prober: dns, dns: {query_name: example.org, query_type: A, valid_rcodes: [NOERROR]}}
  tcp: {prober: tcp, tcp: {tls: true, query_response: [{expect: "^SSH"}, {send: "QUIT", starttls: true}]}}
  icmp: {prober: icmp, icmp: {payload_size: 100, ttl: 5}}
  grpc: {prober: grpc, grpc: {service: s, tls: true}}
`;

const NOT_FOUND = {
  status: 404,
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  text: '404 page not found\n',
};

/** So do builds of upstream after 0.28, which keep the method. */
const REDIRECT = { status: 307 };

function accepting(name: string, headers: Readonly<Record<string, string>>): readonly EndpointCase[] {
  return ['/metrics', '/probe?target=TARGET'].map((path) => ({
    name: `${name} on ${path}`,
    path,
    headers,
    ignoreText: true,
  }));
}

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

export const ENDPOINTS: readonly EndpointCase[] = [
  { name: 'an unknown module', path: '/probe?module=nope&target=x' },
  { name: 'an unknown module with a quote and a control character', path: '/probe?module=no%22pe%01&target=x' },
  { name: 'no target', path: '/probe' },
  { name: 'an empty target', path: '/probe?target=&module=http_2xx' },
  { name: 'a target with a bad escape', path: '/probe?target=%zz' },
  { name: 'a target behind a semicolon', path: '/probe?a=1;target=x' },
  { name: 'an unknown module before a missing target', path: '/probe?module=nope' },
  ...['abc', '1e999', '', '0x', '1_', '5s'].map((value) => ({
    name: `a scrape timeout of ${JSON.stringify(value)}`,
    path: '/probe',
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': value },
  })),
  { name: 'a hostname against a Host header', path: '/probe?target=TARGET&module=full&hostname=b.example' },
  { name: 'a debug page', path: '/probe?target=TARGET&debug=true' },
  { name: 'a debug page of a failed probe', path: '/probe?target=http://[::1&debug=true' },
  { name: 'a debug page with secrets', path: '/probe?target=http://[::1&debug=true&module=full' },
  { name: 'a debug page with a token', path: '/probe?target=http://[::1&debug=true&module=token' },
  { name: 'health', path: '/-/healthy' },
  { name: 'health, by HEAD', path: '/-/healthy', method: 'HEAD' },
  { name: 'health, by POST', path: '/-/healthy', method: 'POST' },
  { name: 'reload by GET', path: '/-/reload' },
  { name: 'reload by PUT', path: '/-/reload', method: 'PUT' },
  { name: 'reload by POST', path: '/-/reload', method: 'POST' },
  { name: 'the configuration', path: '/config' },
  { name: 'logs without parameters', path: '/logs' },
  { name: 'logs by id and target', path: '/logs?id=1&target=x' },
  { name: 'logs by module alone', path: '/logs?module=http_2xx' },
  { name: 'logs of an id that is not there', path: '/logs?id=99999' },
  { name: 'logs of an id that is no number', path: '/logs?id=abc' },
  { name: 'logs of a target that is not there', path: '/logs?target=nothing' },
  { name: 'logs of another module', path: '/logs?target=TARGET&module=nope' },
  { name: 'two slashes', path: '//config', ignoreText: true, ours: REDIRECT },
  { name: 'dots', path: '/a/../config', ignoreText: true, ours: REDIRECT },
  { name: 'an unknown path', path: '/nope', ours: NOT_FOUND },
  { name: 'logs with a slash', path: '/logs/', ours: NOT_FOUND },
  ...accepting('anything', {}),
  ...accepting('gzip', { 'Accept-Encoding': 'gzip' }),
  ...accepting('gzip or as it is', { 'Accept-Encoding': 'gzip, identity' }),
  ...accepting('rather gzip', { 'Accept-Encoding': 'gzip;q=1, identity;q=0.5' }),
  ...accepting('no gzip', { 'Accept-Encoding': 'gzip;q=0' }),
  ...accepting('deflate', { 'Accept-Encoding': 'deflate, br' }),
  ...accepting('any coding', { 'Accept-Encoding': '*' }),
  ...accepting('protobuf', { Accept: PROTOBUF }),
  ...accepting('protobuf or text', { Accept: `text/plain;version=0.0.4;q=0.3,${PROTOBUF};q=0.7` }),
  ...accepting('OpenMetrics', { Accept: 'application/openmetrics-text;version=1.0.0' }),
  ...accepting('JSON', { Accept: 'application/json' }),
  ...accepting('escaping', { Accept: 'text/plain;version=1.0.0;escaping=allow-utf-8,*/*;q=0.1' }),
];

const PATHS = ['/', '/x', '/x/', '/x/-/healthy', '/-/healthy', '/y', '/x/probe'];

/** Our index page says its character set, and lets no browser take it for anything else. */
const PAGE = { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' };

function paths(): readonly EndpointCase[] {
  return PATHS.map((path) => ({ name: path, path, ignoreText: true, ...(path === '/x/' && { ours: PAGE }) }));
}

/** Where the routes are, and where the others lead. */
export const MOUNTS: readonly { readonly args: readonly string[]; readonly rows: readonly EndpointCase[] }[] = [
  { args: ['--web.external-url=http://example.org/x/'], rows: paths() },
  { args: ['--web.route-prefix=/x', '--web.external-url=http://example.org/y'], rows: paths() },
];

export interface CommandLine {
  readonly name: string;
  readonly args: readonly string[];
  /** False where only the exit code is to be the same: Sonde says more. */
  readonly says?: false;
}

/** Command lines with which the programs end at once. */
export const COMMAND_LINES: readonly CommandLine[] = [
  { name: 'help', args: ['--help'], says: false },
  { name: 'version', args: ['--version'], says: false },
  { name: 'a good configuration', args: ['--config.check'], says: false },
  { name: 'a broken configuration', args: ['--config.check', '--config.file=broken.yml'], says: false },
  { name: 'no configuration', args: ['--config.file=missing.yml'], says: false },
  { name: 'an unknown flag', args: ['--nope'] },
  { name: 'an unknown short flag', args: ['-x'] },
  { name: 'a flag without its value', args: ['--config.file'] },
  { name: 'a flag twice', args: ['--log.format=json', '--log.format=json'] },
  { name: 'a switch with a value', args: ['--config.check=true'] },
  { name: 'a bad number', args: ['--timeout-offset=abc'], says: false },
  { name: 'a negative history', args: ['--history.limit=-1'], says: false },
  { name: 'an unknown level', args: ['--log.level=foo'], says: false },
  { name: 'an unknown format', args: ['--log.format=foo'], says: false },
  { name: 'a quoted external URL', args: ['--web.external-url="http://x"'], says: false },
  { name: 'an address without a port', args: ['--web.listen-address=nonsense'], says: false },
];

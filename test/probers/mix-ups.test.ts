import t from 'tap';
import { KINDS, type ServerKind, startServerOfKind } from '../helpers/servers/kinds-of-server.js';
import { probe } from '../helpers/services/probe.js';
import { eachOf } from '../helpers/services/probe-service.js';
import { makeIdentities } from '../interop/tls/identities.js';

const INSECURE = 'tls_config: {insecure_skip_verify: true}';

/** What is probed, by its name in the table: the module as YAML, and the target with PORT in it. */
const PROBES = {
  http: ['prober: http', 'http://127.0.0.1:PORT/'],
  https: [`prober: http\nhttp: {${INSECURE}}`, 'https://127.0.0.1:PORT/'],
  tcp: ['prober: tcp\ntcp: {query_response: [{send: hi}, {expect: "^220 "}]}', '127.0.0.1:PORT'],
  'tcp with TLS': [`prober: tcp\ntcp: {tls: true, ${INSECURE}}`, '127.0.0.1:PORT'],
  starttls: [`prober: tcp\ntcp: {${INSECURE}, query_response: [{starttls: true}]}`, '127.0.0.1:PORT'],
  grpc: ['prober: grpc', '127.0.0.1:PORT'],
  'grpc with TLS': [`prober: grpc\ngrpc: {tls: true, ${INSECURE}}`, '127.0.0.1:PORT'],
  ws: ['prober: websocket', 'ws://127.0.0.1:PORT/'],
  wss: [`prober: websocket\nwebsocket: {http_config: {${INSECURE}}}`, 'wss://127.0.0.1:PORT/'],
  'dns over TCP': ['prober: dns\ndns: {query_name: x.test, transport_protocol: tcp}', '127.0.0.1:PORT'],
  'dns over TLS': [
    `prober: dns\ndns: {query_name: x.test, transport_protocol: tcp, dns_over_tls: true, ${INSECURE}}`,
    '127.0.0.1:PORT',
  ],
  'dns over HTTPS': [
    `prober: dns\ndns: {query_name: x.test, transport_protocol: https, ${INSECURE}}`,
    '127.0.0.1:PORT',
  ],
  'http proxy': [`prober: http\nhttp: {proxy_url: "http://127.0.0.1:PORT", ${INSECURE}}`, 'https://127.0.0.1:1/'],
  'https proxy': [`prober: http\nhttp: {proxy_url: "https://127.0.0.1:PORT", ${INSECURE}}`, 'https://127.0.0.1:1/'],
  'socks5 proxy': [`prober: http\nhttp: {proxy_url: "socks5://127.0.0.1:PORT"}`, 'http://127.0.0.1:1/'],
  token: [tokenOf('http://127.0.0.1:PORT/'), 'http://127.0.0.1:1/'],
  'token over TLS': [tokenOf('https://127.0.0.1:PORT/'), 'http://127.0.0.1:1/'],
  'token by an http proxy': [tokenOf('https://127.0.0.1:1/', 'http://127.0.0.1:PORT'), 'http://127.0.0.1:1/'],
  'token by an https proxy': [tokenOf('https://127.0.0.1:1/', 'https://127.0.0.1:PORT'), 'http://127.0.0.1:1/'],
  'token by a socks5 proxy': [tokenOf('https://127.0.0.1:1/', 'socks5://127.0.0.1:PORT'), 'http://127.0.0.1:1/'],
} as const;

/** A module that needs a token before it asks its target. */
function tokenOf(url: string, proxy?: string): string {
  const more = proxy === undefined ? '' : `, proxy_url: "${proxy}"`;
  return `prober: http\nhttp: {oauth2: {client_id: me, client_secret: sesame, token_url: "${url}", ${INSECURE}${more}}}`;
}

const NO_TLS = /tls: first record does not look like a TLS handshake/;
const EOF = /(?:^|: )EOF$/;
const CUT = /(?:^|: )unexpected EOF$/;
const RESET = /read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection reset by peer$/;
const NO_HTTP = /malformed HTTP status code "mail\.example"$/;
const HTTP2_FRAME = /malformed HTTP response "\\x00\\x00/;
const HTTP1_FRAME = /error reading from server: http2: the server answers with HTTP\/1\.1/;
const NOT_UPGRADED = /^websocket: bad handshake: status \d{3}$/;

type Row = readonly [probed: keyof typeof PROBES, server: ServerKind, verdict: string, err?: RegExp];

/** Verdicts are ours; the texts have the main phrase of blackbox_exporter 0.28, where it has the prober. */
const ROWS: readonly Row[] = [
  ['http', 'http', 'ok'],
  ['http', 'https', 'processing/connection_closed', EOF],
  ['http', 'h2c', 'processing/response_malformed', HTTP2_FRAME],
  ['http', 'https, h2 only', 'processing/connection_closed', EOF],
  ['http', 'smtp', 'processing/response_malformed', NO_HTTP],
  ['http', 'ssh', 'processing/response_malformed', /malformed HTTP status code "Debian-2"$/],
  ['http', 'dns', 'processing/connection_closed', EOF],
  ['http', 'silence, then end', 'processing/connection_closed', EOF],
  ['http', 'reset at the first byte', 'processing/connection_reset', RESET],
  ['https', 'http', 'tls/tls_handshake_failed', /http: server gave HTTP response to HTTPS client$/],
  ['https', 'https', 'ok'],
  ['https', 'https, HTTP/1.1 only', 'ok'],
  ['https', 'https, h2 only', 'ok'],
  ['https', 'h2c', 'tls/tls_handshake_failed', NO_TLS],
  ['https', 'tls banner', 'processing/response_malformed', /malformed HTTP status code "ready"$/],
  ['https', 'smtp', 'tls/tls_handshake_failed', NO_TLS],
  ['https', 'ssh', 'tls/tls_handshake_failed', NO_TLS],
  ['https', 'dns', 'tls/connection_closed', EOF],
  ['https', 'silence, then end', 'tls/connection_closed', EOF],
  ['https', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['tcp', 'smtp', 'ok'],
  ['tcp', 'http', 'dialogue/response_mismatch'],
  ['tcp', 'tls banner', 'dialogue/response_timeout', /^read tcp \S+->\S+: i\/o timeout$/],
  ['tcp', 'h2c', 'dialogue/response_mismatch'],
  ['tcp', 'dns', 'dialogue/connection_closed'],
  ['tcp', 'reset at the first byte', 'dialogue/connection_reset', RESET],
  ['tcp with TLS', 'tls banner', 'ok'],
  ['tcp with TLS', 'http', 'tls/tls_handshake_failed', NO_TLS],
  ['tcp with TLS', 'smtp', 'tls/tls_handshake_failed', NO_TLS],
  ['tcp with TLS', 'ssh', 'tls/tls_handshake_failed', NO_TLS],
  ['tcp with TLS', 'dns', 'tls/connection_closed', EOF],
  ['tcp with TLS', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['starttls', 'smtp', 'tls/tls_handshake_failed', NO_TLS],
  ['starttls', 'silence, then end', 'tls/connection_closed', EOF],
  ['starttls', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['grpc', 'http', 'processing/response_malformed', HTTP1_FRAME],
  ['grpc', 'https', 'processing/connection_closed', EOF],
  ['grpc', 'h2c', 'processing/response_malformed', /unexpected HTTP status code received from server: 200/],
  ['grpc', 'smtp', 'processing/response_malformed', /the first frame is /],
  ['grpc', 'silence, then end', 'processing/connection_closed', EOF],
  ['grpc', 'reset at the first byte', 'processing/connection_reset', RESET],
  ['grpc with TLS', 'http', 'tls/tls_handshake_failed', NO_TLS],
  ['grpc with TLS', 'https, HTTP/1.1 only', 'tls/tls_handshake_failed', /tls: no application protocol$/],
  ['grpc with TLS', 'tls banner', 'tls/tls_handshake_failed', /missing selected ALPN property$/],
  ['grpc with TLS', 'h2c', 'tls/tls_handshake_failed', NO_TLS],
  ['grpc with TLS', 'ssh', 'tls/tls_handshake_failed', NO_TLS],
  ['grpc with TLS', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['ws', 'http', 'processing/upgrade_refused', NOT_UPGRADED],
  ['ws', 'https', 'processing/connection_closed', CUT],
  ['ws', 'h2c', 'processing/response_malformed', /malformed HTTP response/],
  ['ws', 'https, h2 only', 'processing/connection_closed', CUT],
  ['ws', 'smtp', 'processing/response_malformed', /malformed HTTP status code "mail\.example"$/],
  ['ws', 'silence, then end', 'processing/connection_closed', CUT],
  ['ws', 'reset at the first byte', 'processing/connection_reset', RESET],
  ['wss', 'http', 'tls/tls_handshake_failed', NO_TLS],
  ['wss', 'https', 'processing/upgrade_refused', NOT_UPGRADED],
  ['wss', 'https, h2 only', 'processing/upgrade_refused', NOT_UPGRADED],
  ['wss', 'tls banner', 'processing/response_malformed', /malformed HTTP status code "ready"$/],
  ['wss', 'ssh', 'tls/tls_handshake_failed', NO_TLS],
  ['wss', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['dns over TCP', 'dns', 'ok'],
  ['dns over TCP', 'http', 'request/connection_closed', CUT],
  ['dns over TCP', 'https', 'request/connection_closed', EOF],
  ['dns over TCP', 'h2c', 'request/dns_response_malformed', /dns: short read$/],
  ['dns over TCP', 'reset at the first byte', 'request/connection_reset', RESET],
  ['dns over TLS', 'http', 'tls/tls_handshake_failed', NO_TLS],
  ['dns over TLS', 'https', 'request/connection_closed', CUT],
  ['dns over TLS', 'dns', 'tls/connection_closed', EOF],
  ['dns over TLS', 'smtp', 'tls/tls_handshake_failed', NO_TLS],
  ['dns over TLS', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['dns over HTTPS', 'http', 'tls/tls_handshake_failed', NO_TLS],
  ['dns over HTTPS', 'https', 'request/dns_response_malformed', /the body is of type ""$/],
  ['dns over HTTPS', 'h2c', 'tls/tls_handshake_failed', NO_TLS],
  ['dns over HTTPS', 'dns', 'tls/connection_closed', EOF],
  ['dns over HTTPS', 'reset at the first byte', 'tls/connection_reset', RESET],
  ['http proxy', 'http', 'proxy/connection_closed', CUT],
  ['http proxy', 'https', 'proxy/connection_closed', CUT],
  ['http proxy', 'smtp', 'proxy/proxy_refused', NO_HTTP],
  ['http proxy', 'h2c', 'proxy/proxy_refused', HTTP2_FRAME],
  ['https proxy', 'http', 'tls/tls_handshake_failed', /proxyconnect tcp: tls: first record/],
  ['https proxy', 'smtp', 'tls/tls_handshake_failed', /proxyconnect tcp: tls: first record/],
  ['https proxy', 'dns', 'tls/connection_closed', /proxyconnect tcp: EOF$/],
  ['https proxy', 'tls banner', 'proxy/proxy_refused', /malformed HTTP status code "ready"$/],
  ['socks5 proxy', 'http', 'proxy/proxy_refused', /unexpected protocol version 72$/],
  ['socks5 proxy', 'smtp', 'proxy/proxy_refused', /unexpected protocol version 50$/],
  ['socks5 proxy', 'h2c', 'proxy/proxy_refused', /unexpected protocol version 0$/],
  ['socks5 proxy', 'dns', 'proxy/connection_closed', CUT],
  ['token', 'http', 'auth/token_refused', /cannot parse json/],
  ['token', 'https', 'auth/token_unreachable', EOF],
  ['token', 'h2c', 'auth/token_refused', HTTP2_FRAME],
  ['token', 'smtp', 'auth/token_refused', NO_HTTP],
  ['token', 'silence, then end', 'auth/token_unreachable', EOF],
  ['token', 'reset at the first byte', 'auth/token_unreachable', /read: connection reset by peer$/],
  ['token over TLS', 'http', 'auth/token_unreachable', /http: server gave HTTP response to HTTPS client$/],
  ['token over TLS', 'https', 'auth/token_refused', /cannot parse json/],
  ['token over TLS', 'https, h2 only', 'auth/token_refused', /403 Forbidden/],
  ['token over TLS', 'h2c', 'auth/token_unreachable', NO_TLS],
  ['token over TLS', 'smtp', 'auth/token_unreachable', NO_TLS],
  ['token over TLS', 'tls banner', 'auth/token_refused', /malformed HTTP status code "ready"$/],
  ['token over TLS', 'dns', 'auth/token_unreachable', EOF],
  ['token over TLS', 'reset at the first byte', 'auth/token_unreachable', /read: connection reset by peer$/],
  ['token by an http proxy', 'http', 'auth/token_unreachable', CUT],
  ['token by an http proxy', 'https', 'auth/token_unreachable', CUT],
  ['token by an http proxy', 'smtp', 'auth/token_unreachable', NO_HTTP],
  ['token by an https proxy', 'http', 'auth/token_unreachable', /: proxyconnect tcp: tls: first record/],
  ['token by an https proxy', 'tls banner', 'auth/token_unreachable', /malformed HTTP status code "ready"$/],
  ['token by a socks5 proxy', 'http', 'auth/token_unreachable', /unexpected protocol version 72$/],
  ['token by a socks5 proxy', 'dns', 'auth/token_unreachable', CUT],
];

t.test('a server of another kind than the probe expects', async (t) => {
  const { good } = await makeIdentities();
  const ports = new Map<string, number>();
  for (const kind of KINDS) ports.set(kind, await startServerOfKind(t, kind, good));
  await eachOf(ROWS, 4, async ([probed, server, verdict, err]) => {
    const [module, target] = PROBES[probed].map((text) => text.replace('PORT', String(ports.get(server))));
    const timeoutSeconds = verdict.endsWith('timeout') ? 0.3 : 20;
    const { outcome, verdict: found } = await probe(module ?? '', target ?? '', { timeoutSeconds });
    t.equal(found, verdict, `${probed} at ${server}`);
    if (err !== undefined) t.match(String(outcome.failure?.fields['err']), err, `${probed} at ${server}: text`);
  });
});

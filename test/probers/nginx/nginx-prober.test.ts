import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { parseStubStatus } from '../../../src/probers/nginx/stub-status.js';
import { startRawServer } from '../../helpers/servers/raw-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const PAGE =
  'Active connections: 291 \nserver accepts handled requests\n 16630948 16630946 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n';

function answer(body: string, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

t.test('the seven metrics and nginx_up, as nginx-prometheus-exporter writes them', async (t) => {
  const server = await startRawServer(t, (socket) => void socket.end(answer(PAGE)));
  const probed = await probe('prober: nginx', `127.0.0.1:${server.port}`);
  t.equal(probed.verdict, 'ok');
  const text = writeMetricSet(probed.outcome.metrics)
    .split('\n')
    .filter((line) => /(?:^| )nginx_/.test(line));
  t.strictSame(text, [
    '# HELP nginx_connections_accepted Accepted client connections',
    '# TYPE nginx_connections_accepted counter',
    'nginx_connections_accepted 1.6630948e+07',
    '# HELP nginx_connections_active Active client connections',
    '# TYPE nginx_connections_active gauge',
    'nginx_connections_active 291',
    '# HELP nginx_connections_handled Handled client connections',
    '# TYPE nginx_connections_handled counter',
    'nginx_connections_handled 1.6630946e+07',
    '# HELP nginx_connections_reading Connections where NGINX is reading the request header',
    '# TYPE nginx_connections_reading gauge',
    'nginx_connections_reading 6',
    '# HELP nginx_connections_waiting Idle client connections',
    '# TYPE nginx_connections_waiting gauge',
    'nginx_connections_waiting 106',
    '# HELP nginx_connections_writing Connections where NGINX is writing the response back to the client',
    '# TYPE nginx_connections_writing gauge',
    'nginx_connections_writing 179',
    '# HELP nginx_http_requests_total Total http requests',
    '# TYPE nginx_http_requests_total counter',
    'nginx_http_requests_total 3.1070465e+07',
    '# HELP nginx_up Status of the last metric scrape',
    '# TYPE nginx_up gauge',
    'nginx_up 1',
  ]);
  t.match(server.requests[0], /^GET \/stub_status HTTP\/1\.1\r\n/, 'the path of the exporter where none is given');
});

const HUGE = `HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n${'x'.repeat(99_999)}`;

/** What a server answers, and what comes of it. */
const ANSWERS: readonly (readonly [name: string, answer: string, verdict: string])[] = [
  ['another page', answer('<html>Welcome to nginx!</html>'), 'check/protocol_error'],
  ['a page with more behind it', answer(`${PAGE}Extra: 1\n`), 'check/protocol_error'],
  ['a number above 64 bits', answer(PAGE.replace('291', '9'.repeat(20))), 'check/protocol_error'],
  ['a number of 100 digits', answer(PAGE.replace('291', '9'.repeat(100))), 'check/protocol_error'],
  ['a negative number', answer(PAGE.replace('291', '-1')), 'check/protocol_error'],
  ['an empty page', answer(''), 'check/protocol_error'],
  ['a user is demanded', answer('', '401 Unauthorized'), 'check/auth_failed'],
  ['not allowed', answer('', '403 Forbidden'), 'check/permission_denied'],
  ['no such page', answer('', '404 Not Found'), 'check/status_code_mismatch'],
  ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n', 'check/status_code_mismatch'],
  ['a page without end', HUGE, 'transfer/response_too_large'],
  [
    'stopped in the middle',
    `HTTP/1.1 200 OK\r\nContent-Length: 97\r\n\r\n${PAGE.slice(0, 40)}`,
    'transfer/body_truncated',
  ],
  ['no HTTP', '+OK\r\n', 'processing/response_malformed'],
  ['nothing', '', 'processing/connection_closed'],
];

t.test('answers of other kinds', async (t) => {
  for (const [name, text, verdict] of ANSWERS) {
    const server = await startRawServer(t, (socket) => void socket.end(text));
    const probed = await probe('prober: nginx', `http://127.0.0.1:${server.port}/status`);
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics['nginx_up'], 0, `${name}: not up`);
    t.notOk('nginx_connections_active' in probed.metrics, `${name}: no figures`);
  }
});

t.test('unix sockets, as the exporter writes them', async (t) => {
  const path = join(tmpdir(), `sonde-${randomUUID()}.sock`);
  const server = await startStreamServer(t, (socket) => socket.once('data', () => socket.end(answer(PAGE))), { path });
  for (const target of [`unix:${path}`, `unix:${path}:/basic?x=1`]) {
    t.equal((await probe('prober: nginx', target)).verdict, 'ok', target);
  }
  const requests = server.received().toString('latin1');
  t.match(requests, /^GET \/stub_status HTTP\/1\.1\r\nHost: localhost\r\n/);
  t.match(requests, 'GET /basic?x=1 HTTP/1.1\r\n');
  t.equal((await probe('prober: nginx', 'unix:/nonexistent/nginx.sock')).verdict, 'connect/connection_refused');
});

const LOGIN = 'basic_auth: {username: u, password: s3cret-word}';
const HEADER = 'http_headers: {X-Api-Key: {secrets: [s3cret-word]}}';

/** Credentials, the patterns that a module has, and whether the server gets them. */
const CREDENTIAL_ROWS: readonly (readonly [name: string, block: string, verdict: string])[] = [
  ['none named', LOGIN, 'setup/credentials_refused'],
  ['a header is one', HEADER, 'setup/credentials_refused'],
  ['another host', `${LOGIN}\n  credentials_for: [127.0.0.2, "*.example.com"]`, 'setup/credentials_refused'],
  ['another port', `${LOGIN}\n  credentials_for: ["127.0.0.1:1"]`, 'setup/credentials_refused'],
  ['the end alone', `${LOGIN}\n  credentials_for: ["0.0.1"]`, 'setup/credentials_refused'],
  ['a bearer token', 'authorization: {credentials: s3cret-word}', 'setup/credentials_refused'],
  ['the host', `${LOGIN}\n  credentials_for: [127.0.0.1]`, 'ok'],
  ['a pattern', `${HEADER}\n  credentials_for: ["x", "127.*.1"]`, 'ok'],
  ['every host', `${LOGIN}\n  credentials_for: ["*"]`, 'ok'],
];

t.test('credentials go to the targets that the module names, and to no other', async (t) => {
  for (const [name, block, verdict] of CREDENTIAL_ROWS) {
    const server = await startRawServer(t, (socket) => void socket.end(answer(PAGE)));
    const probed = await probe(`prober: nginx\nnginx:\n  ${block}`, `http://127.0.0.1:${server.port}/`);
    t.equal(probed.verdict, verdict, name);
    t.equal(server.requests.length, verdict === 'ok' ? 1 : 0, `${name}: asked only if it may be`);
    t.notMatch(probed.log, 's3cret-word', `${name}: the log does not show them`);
  }
});

t.test('the text of stub_status', async (t) => {
  t.strictSame(parseStubStatus(PAGE), {
    active: 291,
    accepted: 16_630_948,
    handled: 16_630_946,
    requests: 31_070_465,
    reading: 6,
    writing: 179,
    waiting: 106,
  });
  t.equal(parseStubStatus(PAGE.replace('291', '18446744073709551615'))?.active, 2 ** 64, 'the largest of 64 bits');
  t.equal(parseStubStatus(PAGE.replaceAll('\n', '\r\n'))?.waiting, 106, 'line ends of Windows');
  t.equal(parseStubStatus(`Active connections: ${'1'.repeat(100_000)}`), undefined);
});

import { createSecureServer } from 'node:http2';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { MOST_REDIRECTS } from '../../../src/probers/http-client/http-redirect.js';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';

const IP4 = 'preferred_ip_protocol: ip4';

function module(...keys: readonly string[]): string {
  return `prober: http\nhttp:\n${[IP4, ...keys].map((key) => `  ${key}`).join('\n')}`;
}

const DONE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone';

/** A server that answers by path: `/code/location…` redirects, everything else is 200. */
async function startSite(t: Test, table: Readonly<Record<string, string>>) {
  return startRawServer(t, (socket, request) => {
    const path = request.split(' ')[1] ?? '';
    socket.end(table[path] ?? DONE);
  });
}

function redirect(status: number, location: string, ...headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} Moved`, `Location: ${location}`, 'Content-Length: 3', ...headers];
  return `${lines.join('\r\n')}\r\n\r\nyes`;
}

t.test('methods and bodies', async (t) => {
  const rows = [
    { status: 301, method: 'POST', second: 'GET', body: false },
    { status: 302, method: 'PUT', second: 'GET', body: false },
    { status: 303, method: 'POST', second: 'GET', body: false },
    { status: 302, method: 'HEAD', second: 'HEAD', body: false },
    { status: 307, method: 'POST', second: 'POST', body: true },
    { status: 308, method: 'PUT', second: 'PUT', body: true },
  ];
  for (const { status, method, second, body } of rows) {
    const site = await startSite(t, { '/a': redirect(status, '/b') });
    const keys = method === 'HEAD' ? [] : ['body: "payload"', 'headers: {content-type: text/x}'];
    const { verdict, metrics } = await probe(module(`method: ${method}`, ...keys), `127.0.0.1:${site.port}/a`);
    const name = `${status} after ${method}`;
    t.equal(verdict, 'ok', name);
    t.equal(metrics['probe_http_redirects'], 1, `${name}: counted`);
    t.match(site.requests[1], new RegExp(`^${second} /b HTTP/1\\.1\r\n`), `${name}: becomes ${second}`);
    t.equal(site.requests[1]?.endsWith('payload'), body, `${name}: body`);
    t.equal(site.requests[1]?.includes('Content-Type'), body, `${name}: headers of the body`);
    t.match(site.requests[1], `Referer: http://127.0.0.1:${site.port}/a\r\n`, `${name}: referer`);
  }
});

t.test('final redirects', async (t) => {
  const rows = [
    { name: '300', answer: 'HTTP/1.1 300 Choose\r\nLocation: /b\r\n\r\n', status: 300 },
    { name: '304', answer: 'HTTP/1.1 304 Same\r\nLocation: /b\r\n\r\n', status: 304 },
    { name: '302 without Location', answer: 'HTTP/1.1 302 Found\r\n\r\n', status: 302 },
  ];
  for (const { name, answer, status } of rows) {
    const site = await startSite(t, { '/a': answer });
    const { metrics } = await probe(module(), `127.0.0.1:${site.port}/a`);
    t.equal(metrics['probe_http_status_code'], status, name);
    t.equal(metrics['probe_http_redirects'], 0, `${name}: not counted`);
  }
});

t.test('refused redirect is judged, counted, and has no body', async (t) => {
  const site = await startSite(t, { '/a': redirect(302, '/b', 'X-A: b') });
  const keys = [
    'follow_redirects: false',
    'valid_status_codes: [302]',
    'fail_if_header_not_matches: [{header: X-A, regexp: b}]',
  ];
  const passed = await probe(module(...keys), `127.0.0.1:${site.port}/a`);
  t.equal(passed.verdict, 'ok');
  t.equal(passed.metrics['probe_http_redirects'], 1);
  t.equal(passed.metrics['probe_http_content_length'], 3);
  t.equal(passed.metrics['probe_http_uncompressed_body_length'], 0);
  const matched = await probe(module(...keys, 'fail_if_body_matches_regexp: [never]'), `127.0.0.1:${site.port}/a`);
  t.equal(matched.verdict, 'check/body_mismatch');
  t.equal(matched.metrics['probe_failed_due_to_regex'], 1);
});

t.test('a loop ends at the eleventh redirect', async (t) => {
  const site = await startSite(t, { '/a': redirect(302, '/a') });
  const { verdict, metrics, log } = await probe(module(), `127.0.0.1:${site.port}/a`);
  t.equal(verdict, 'check/too_many_redirects');
  t.match(log, /error Invalid HTTP response status code, wanted 2xx \{"status_code":302,/, "upstream's line");
  t.equal(metrics['probe_http_redirects'], MOST_REDIRECTS + 1);
  t.equal(site.requests.length, MOST_REDIRECTS + 1);
});

t.test('what is wrong with an endless redirect is that it is endless', async (t) => {
  const site = await startSite(t, { '/a': redirect(302, '/a') });
  const rows = [
    { key: 'valid_status_codes: [302]', verdict: 'ok' },
    { key: 'valid_status_codes: [200]', verdict: 'check/too_many_redirects' },
    {
      key: 'valid_status_codes: [302], fail_if_body_not_matches_regexp: [x]',
      verdict: 'check/too_many_redirects',
    },
    { key: 'follow_redirects: false', verdict: 'check/status_code_mismatch' },
  ];
  for (const { key, verdict } of rows) {
    t.equal((await probe(module(...key.split(/, (?=fail)/)), `127.0.0.1:${site.port}/a`)).verdict, verdict, key);
  }
});

t.test('redirects to nowhere', async (t) => {
  const rows = [
    { name: 'no URL', location: 'http://[::1', verdict: 'processing/redirect_invalid', redirects: 0 },
    { name: 'another scheme', location: 'ftp://127.0.0.1/', verdict: 'processing/redirect_unsupported', redirects: 1 },
  ];
  for (const { name, location, verdict, redirects } of rows) {
    const site = await startSite(t, { '/a': redirect(302, location) });
    const probed = await probe(module(), `127.0.0.1:${site.port}/a`);
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics['probe_http_redirects'], redirects, `${name}: count`);
    t.equal(probed.metrics['probe_http_status_code'], 0, `${name}: no answer`);
  }
});

t.test('a redirect to a port alone leads to this host', async (t) => {
  const other = await startSite(t, {});
  const site = await startSite(t, { '/a': redirect(302, `http://:${other.port}/b`) });
  t.equal((await probe(module(), `127.0.0.1:${site.port}/a`)).verdict, 'ok');
  t.match(other.requests[0], new RegExp(`^GET /b HTTP/1\\.1\r\nHost: :${other.port}\r\n`));
  const far = await startRawServer(
    t,
    (socket) => void socket.end(redirect(302, `http://:${other.port}/b`)),
    '127.0.0.2',
  );
  const policy = 'target_policy: { deny: [{ addresses: [127.0.0.1] }] }';
  const { verdict } = await probe(`${module()}\n${policy}`, `127.0.0.2:${far.port}/a`);
  t.match(verdict, /target_denied$/, 'unless the policy denies it');
});

t.test('cookies and credentials', async (t) => {
  const other = await startSite(t, {});
  const site = await startSite(t, {
    '/a': redirect(302, '/b', 'Set-Cookie: session=1; Path=/', 'Set-Cookie: deep=2; Path=/deep'),
    '/b': redirect(302, `http://127.0.0.2:${other.port}/c`),
  });
  const login = await startRawServer(t, (socket) => {
    socket.end(redirect(302, `http://localhost:${other.port}/`));
  });
  const keys = ['basic_auth: {username: u, password: p}', 'headers: {Cookie: own=0}'];

  await probe(module(...keys), `127.0.0.1:${site.port}/a`);
  t.match(site.requests[0], 'Cookie: own=0\r\n', 'the first request has the configured cookie alone');
  t.match(site.requests[1], 'Cookie: own=0; session=1\r\n', 'the second has the one that was set, by its path');
  t.match(
    site.requests[1],
    `Authorization: Basic ${Buffer.from('u:p').toString('base64')}\r\n`,
    'same host, same credentials',
  );

  await probe(module(...keys), `127.0.0.1:${login.port}/`);
  t.match(login.requests[0], 'Authorization: Basic');
  t.notMatch(other.requests.at(-1), /Authorization|Cookie/, 'another host gets neither credentials nor cookies');

  const more = ['headers: {Proxy-Authorization: x, Www-Authenticate: x, Proxy-Authenticate: x, Cookie2: x, X-Own: x}'];
  more.push('http_headers: {Cookie: {values: [x]}, Cookie2: {secrets: [x]}, X-More: {values: [x]}}');
  await probe(module(...more), `127.0.0.1:${login.port}/`);
  t.match(login.requests[1], /Cookie2: x\r\nCookie2: x\r\n[^]*Proxy-Authorization: x/);
  t.notMatch(other.requests.at(-1), /Authorization|Authenticate|Cookie/, 'whatever they are called and written in');
  t.match(other.requests.at(-1), /X-More: x\r\nX-Own: x/, 'other headers stay');
});

t.test('a chain that left the first host gets no credentials when it comes back', async (t) => {
  const answers: Record<string, string> = {};
  const site = await startSite(t, answers);
  const other = await startSite(t, { '/b': redirect(302, `http://127.0.0.1:${site.port}/c`) });
  answers['/a'] = redirect(302, `http://localhost:${other.port}/b`);
  const keys = ['basic_auth: {username: u, password: p}', 'headers: {Cookie: own=0}'];
  t.equal((await probe(module(...keys), `127.0.0.1:${site.port}/a`)).verdict, 'ok');
  t.match(site.requests[0], /Authorization: Basic/);
  t.match(site.requests[1], /^GET \/c /);
  t.notMatch(site.requests[1], /Authorization|Cookie/);
});

t.test('each host of a chain is looked up, and reached at its own address', async (t) => {
  const hostsFile = join(t.testdir({ hosts: '127.0.0.1 one.test\n127.0.0.2 two.test\n' }), 'hosts');
  const second = await startRawServer(t, answer(DONE), '127.0.0.2');
  const { port } = second;
  const site = await startSite(t, { '/a': redirect(302, `http://two.test:${port}/b`) });
  t.equal((await probe(module(), `one.test:${site.port}/a`, { hostsFile })).verdict, 'ok');
  t.match(second.requests[0], new RegExp(`^GET /b HTTP/1.1\r\nHost: two.test:${port}\r\n`));
});

t.test('a configured Host header survives redirects that name no host', async (t) => {
  const other = await startSite(t, {});
  const site = await startSite(t, {
    '/a': redirect(302, '/b'),
    '/b': redirect(302, `http://127.0.0.1:${other.port}/c`),
  });
  await probe(module('headers: {host: vhost.example}'), `127.0.0.1:${site.port}/a`);
  t.match(site.requests[0], 'Host: vhost.example\r\n');
  t.match(site.requests[1], 'Host: vhost.example\r\n');
  t.match(other.requests[0], `Host: 127.0.0.1:${other.port}\r\n`);
});

t.test('phases add up over redirects', async (t) => {
  const site = await startRawServer(t, (socket, request) => {
    const last = request.startsWith('GET /b');
    setTimeout(() => socket.end(last ? 'HTTP/1.1 200 OK\r\n\r\n' : redirect(302, '/b')), 30);
  });
  const { metrics } = await probe(module(), `127.0.0.1:${site.port}/a`);
  const phase = (name: string): number => metrics[`probe_http_duration_seconds{phase="${name}"}`] ?? NaN;
  t.ok(phase('processing') >= 0.058, 'both waits are in processing');
  const sum = ['resolve', 'connect', 'tls', 'processing', 'transfer'].map(phase).reduce((a, b) => a + b);
  t.ok(sum <= (metrics['probe_duration_seconds'] ?? 0), 'phases do not overlap');
  t.equal(phase('tls'), 0);
});

/** Bodies of redirects, and whether the probe goes on before they end, as upstream's does. */
const BODIES: Readonly<Record<string, { readonly body: string; readonly isCut?: true; readonly verdict: string }>> = {
  'a short length that does not end': { body: 'Content-Length: 10\r\n\r\nabc', verdict: 'transfer/body_timeout' },
  '2 KiB that do not end': {
    body: `Content-Length: 2048\r\n\r\n${'x'.repeat(2047)}`,
    verdict: 'transfer/body_timeout',
  },
  '2 KiB that do': { body: `Content-Length: 2048\r\n\r\n${'x'.repeat(2048)}`, verdict: 'ok' },
  'a long length': { body: 'Content-Length: 2049\r\n\r\nabc', verdict: 'ok' },
  'chunks that do not end': {
    body: `Transfer-Encoding: chunked\r\n\r\n7ff\r\n${'x'.repeat(2047)}\r\n`,
    verdict: 'transfer/body_timeout',
  },
  'chunks of 2 KiB': { body: `Transfer-Encoding: chunked\r\n\r\n800\r\n${'x'.repeat(2048)}`, verdict: 'ok' },
  'chunks that are none': { body: 'Transfer-Encoding: chunked\r\n\r\nzz\r\n', verdict: 'ok' },
  'no framing and no end': { body: '\r\nabc', verdict: 'transfer/body_timeout' },
  'cut off': { body: 'Content-Length: 10\r\n\r\nabc', isCut: true, verdict: 'ok' },
};

t.test('up to 2 KiB of a body are read before a redirect is followed', async (t) => {
  // Side by side, since some take all the time that there is.
  const judge = async ([name, { body, isCut, verdict }]: [string, (typeof BODIES)[string]]): Promise<void> => {
    const site = await startRawServer(t, (socket, request) => {
      if (!request.startsWith('GET /a ')) socket.end(DONE);
      else {
        socket.write(`HTTP/1.1 302 Moved\r\nLocation: /b\r\n${body}`);
        if (isCut) socket.end();
      }
    });
    const isLate = verdict !== 'ok';
    const timeoutSeconds = isLate ? 2 : 10;
    const { verdict: given, metrics } = await probe(module(), `127.0.0.1:${site.port}/a`, { timeoutSeconds });
    t.equal(given, verdict, name);
    t.equal(metrics['probe_http_redirects'], 1, `${name}: the redirect counts`);
    t.equal(metrics['probe_http_duration_seconds{phase="transfer"}'] === 0, isLate, `${name}: its body does not`);
    t.equal(site.requests.length, isLate ? 1 : 2, `${name}: requests`);
  };
  await Promise.all(Object.entries(BODIES).map(judge));
});

t.test('the same over HTTP/2', async (t) => {
  const identity = await makeSelfSigned({ ipAddresses: ['127.0.0.1'] });
  const lengths: Readonly<Record<string, number>> = { '/2047': 2047, '/2048': 2048 };
  const server = createSecureServer(identity, ({ url }, response) => {
    const bytes = lengths[url];
    response.writeHead(bytes === undefined ? 200 : 302, { location: '/b' });
    if (bytes === undefined) response.end('done');
    else response.write('x'.repeat(bytes));
  });
  const address = await bindServer(server, '127.0.0.1:0');
  t.teardown(() => server.close());
  const yaml = module('tls_config: {insecure_skip_verify: true}');
  const stalled = await probe(yaml, `https://${address}/2047`, { timeoutSeconds: 2 });
  t.equal(stalled.verdict, 'transfer/body_timeout');
  const passed = await probe(yaml, `https://${address}/2048`);
  t.equal(passed.verdict, 'ok');
  t.match(passed.metrics, { probe_http_redirects: 1, probe_http_version: 2 });
});

/** Locations with bytes as Latin-1, and what upstream asks for then. */
const BYTES: Readonly<Record<string, readonly [location: string, target: string]>> = {
  'a path': ['/caf\xe9', '/caf%E9'],
  'a path beside UTF-8': ['/\xc3\xa9\xe9', '/%C3%A9%E9'],
  'half a character': ['/\xf0\x9f\x98', '/%F0%9F%98'],
  'a surrogate': ['/\xed\xa0\x80', '/%ED%A0%80'],
  'beside escapes': ['/%41\xe9%2f%e9', '/A%E9/%E9'],
  'a relative path': ['../\xff/.', '/%FF/'],
  'a query, which stays': ['?q=\xff%ff', '/a?q=\xff%ff'],
  'a fragment': ['/b#\xff', '/b'],
  'U+FFFD': ['/\xef\xbf\xbd', '/%EF%BF%BD'],
};

t.test('bytes of a Location that are no UTF-8 are asked for as they are', async (t) => {
  for (const [name, [location, target]] of Object.entries(BYTES)) {
    const site = await startRawServer(t, async (socket, request) => {
      if (!request.startsWith('GET /a ')) {
        socket.end(DONE);
        return;
      }
      // The bytes of one character come apart.
      for (const byte of Buffer.from(redirect(302, location), 'latin1')) {
        socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const { verdict } = await probe(module(), `127.0.0.1:${site.port}/a`);
    t.equal(verdict, 'ok', name);
    t.equal(site.requests[1]?.split('\r\n', 1)[0], `GET ${target} HTTP/1.1`, name);
  }
});

t.test('such bytes are U+FFFD for checks of headers and in the report', async (t) => {
  const head = 'HTTP/1.1 302 F\r\nLocation: /\xe9\r\nX-A: \xf0\x9f\r\nContent-Length: 0\r\n\r\n';
  const site = await startRawServer(t, (socket) => {
    socket.end(head, 'latin1');
  });
  const keys = [
    'follow_redirects: false',
    'valid_status_codes: [302]',
    'fail_if_header_not_matches: [{header: Location, regexp: "^/\\uFFFD$"}, {header: X-A, regexp: "^\\uFFFD\\uFFFD$"}]',
  ];
  const { verdict, outcome } = await probe(module(...keys), `127.0.0.1:${site.port}/a`, { isTraced: true });
  t.equal(verdict, 'ok');
  t.notMatch(JSON.stringify(outcome.trace), /\\ud/i);
});

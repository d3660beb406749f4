import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';
import { probe } from '../../helpers/services/probe.js';

const OK = answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');

/** Sends one request by a module and gives it as the server saw it, the User-Agent's value replaced. */
async function sent(
  t: Parameters<typeof startRawServer>[0],
  http: string,
  target: string,
  hostname?: string,
): Promise<string> {
  const server = await startRawServer(t, OK);
  const options = hostname === undefined ? {} : { hostname };
  const module = `prober: http\nhttp:\n${`preferred_ip_protocol: ip4\n${http}`.replace(/^/gm, '  ')}`;
  const probed = await probe(module, target.replaceAll('PORT', String(server.port)), options);
  if (probed.verdict !== 'ok') throw new Error(probed.log);
  return (server.requests[0] ?? '').replaceAll(String(server.port), 'PORT').replace(/(User-Agent: ).*Sonde.*/, '$1…');
}

const REQUESTS: readonly (readonly [name: string, http: string, target: string, lines: readonly string[]])[] = [
  ['plain', '', '127.0.0.1:PORT', ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: …', 'Connection: close']],
  [
    'path and query as written',
    '',
    'HTTP://127.0.0.1:PORT/a%2Fb?q=a b+c%2B#frag',
    ['GET /a%2Fb?q=a b+c%2B HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: …', 'Connection: close'],
  ],
  [
    'a path that is not encoded is encoded afresh',
    '',
    '127.0.0.1:PORT/a%2Fb/ü x',
    ['GET /a/b/%C3%BC%20x HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: …', 'Connection: close'],
  ],
  [
    'method and empty body',
    'method: POST',
    '127.0.0.1:PORT',
    ['POST / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: …', 'Content-Length: 0', 'Connection: close'],
  ],
  [
    'headers are canonical and sorted; framing is not theirs to say',
    'headers: {x-b: "2", X-A: "1", content-length: "9", transfer-encoding: chunked, user-agent: me}',
    '127.0.0.1:PORT',
    ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: me', 'X-A: 1', 'X-B: 2', 'Connection: close'],
  ],
  [
    'no user agent',
    'headers: {User-Agent: ""}',
    '127.0.0.1:PORT',
    ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'Connection: close'],
  ],
  [
    'host header',
    'headers: {host: vhost.example}',
    '127.0.0.1:PORT',
    ['GET / HTTP/1.1', 'Host: vhost.example', 'User-Agent: …', 'Connection: close'],
  ],
  [
    'http_headers are added',
    'headers: {X-A: "1"}\nhttp_headers: {x-a: {values: ["2"], secrets: ["3"]}}',
    '127.0.0.1:PORT',
    ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: …', 'X-A: 1', 'X-A: 2', 'X-A: 3', 'Connection: close'],
  ],
  [
    'userinfo of the URL',
    '',
    'http://u:p%40@127.0.0.1:PORT/',
    ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'User-Agent: …', 'Authorization: Basic dTpwQA==', 'Connection: close'],
  ],
];

for (const [name, http, target, lines] of REQUESTS) {
  t.test(name, async (t) => {
    t.equal(await sent(t, http, target), `${lines.join('\r\n')}\r\n\r\n`);
  });
}

t.test('hostname parameter', async (t) => {
  t.match(await sent(t, '', '127.0.0.1:PORT', 'vhost.example'), '\r\nHost: vhost.example\r\n');
});

t.test('a body, and one from a file', async (t) => {
  t.match(await sent(t, 'method: POST\nbody: "ü"', '127.0.0.1:PORT'), 'Content-Length: 2\r\n');
  const file = join(t.testdir(), 'body.txt');
  await writeFile(file, 'from a file');
  const request = await sent(t, `method: POST\nbody_file: ${file}`, '127.0.0.1:PORT');
  t.match(request, 'Transfer-Encoding: chunked\r\n');
  t.notMatch(request, 'Content-Length');
});

t.test('what cannot be sent', async (t) => {
  const rows = [
    {
      name: 'method',
      http: 'method: "G T"',
      verdict: 'setup/invalid_request',
      log: 'net/http: invalid method \\"G T\\"',
    },
    {
      name: 'header value',
      http: 'headers: {X: "a\\nb"}',
      verdict: 'setup/invalid_request',
      log: 'invalid header field value',
    },
    {
      name: 'header name',
      http: 'headers: {"a b": c}',
      verdict: 'setup/invalid_request',
      log: 'invalid header field name',
    },
    { name: 'body file', http: 'body_file: /no/such/file', verdict: 'setup/file_unreadable', log: 'no such file' },
    {
      name: 'HTTP/3',
      http: 'enable_http3: true\nenable_http2: false',
      verdict: 'setup/http3_unsupported',
      log: 'QUIC',
    },
  ];
  for (const { name, http, verdict, log } of rows) {
    const server = await startRawServer(t, OK);
    const module = `prober: http\nhttp:\n${`preferred_ip_protocol: ip4\n${http}`.replace(/^/gm, '  ')}`;
    const probed = await probe(module, `127.0.0.1:${server.port}`);
    t.equal(probed.verdict, verdict, name);
    t.match(probed.log.replaceAll('\\\\', '\\'), log, `${name}: log`);
    t.equal(server.requests.length, 0, `${name}: nothing was sent`);
  }
});

t.test('what is no URL', async (t) => {
  const { verdict, metrics, log } = await probe('prober: http', 'http://[::1');
  t.equal(verdict, 'setup/invalid_target');
  t.match(log, "missing ']' in host");
  t.equal(metrics['probe_http_duration_seconds{phase="resolve"}'], undefined, 'no phases');
  t.equal(metrics['probe_http_status_code'], 0, 'the gauges that are always there');
});

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import { HeadStream, REFUSED_URL } from '../../../src/http/heads/head-stream.js';
import { plainListener } from '../../../src/http/listeners/listener.js';
import { percentDecode } from '../../../src/http/routes/query-parameters.js';
import { RECORDED_ANSWERS } from '../../helpers/servers/recorded-answers.js';
import { socketFolder } from '../../helpers/servers/socket-folder.js';
import { askRaw, BODY_FIRST, RAW_REQUESTS, type RawRequest } from '../../helpers/services/raw-requests.js';
import { startApp } from '../../helpers/services/start-app.js';
import { startNode } from '../../helpers/services/start-node.js';
import { startTestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';

t.setTimeout(300_000);

const expected = ({ name, program, ours }: RawRequest): readonly string[] | undefined =>
  ours?.answers ?? RECORDED_ANSWERS[`${program}: ${name}`];

const dialer = (address: string) => (): Socket => {
  const [host = '', port = ''] = address.split(':');
  return connect(Number(port), host);
};

async function startBoth(t: Test): Promise<Readonly<Record<RawRequest['program'], () => Socket>>> {
  const app = await startApp({});
  const gateway = await startTestPushgateway();
  t.teardown(() => Promise.all([app.stop(0), gateway.stop(0)]));
  return { blackbox: dialer(app.address), pushgateway: dialer(gateway.address) };
}

t.test('there are rows, each with a recorded answer', async (t) => {
  t.ok(RAW_REQUESTS.length >= 100);
  t.same(
    RAW_REQUESTS.map(({ name, program }) => `${program}: ${name}`),
    Object.keys(RECORDED_ANSWERS),
  );
});

t.test('raw requests are answered as by the real programs, or in the way that the row names', async (t) => {
  const dial = await startBoth(t);
  for (const row of RAW_REQUESTS) {
    t.same(await askRaw(dial[row.program](), row.bytes), expected(row), `${row.program}: ${row.name}`);
  }
});

t.test('the same whatever packets they come in', async (t) => {
  const dial = await startBoth(t);
  for (const row of RAW_REQUESTS) {
    // An answer may be on its way before a bad body is.
    if (row.ours?.because === BODY_FIRST) continue;
    // A packet for each byte would take too long for the large ones.
    const pieces = Math.min(row.bytes.length, 400);
    t.same(await askRaw(dial[row.program](), row.bytes, pieces), expected(row), `${row.program}: ${row.name}`);
  }
});

t.test('over TLS', async (t) => {
  const { localhost } = await sharedIdentities();
  const folder = t.testdir({ 'cert.pem': localhost.cert, 'key.pem': localhost.key });
  const file = join(folder, 'web.yml');
  writeFileSync(file, 'tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n');
  const app = await startApp({ web: { configFile: file } });
  t.teardown(() => app.stop(0));
  const [host = '', port = ''] = app.address.split(':');
  for (const row of RAW_REQUESTS.filter(
    ({ program, name }) => program === 'blackbox' && name !== 'the beginning of TLS',
  )) {
    const dial = () => connectTls({ host, port: Number(port), rejectUnauthorized: false });
    t.same(await askRaw(dial(), row.bytes), expected(row), row.name);
  }
});

t.test('on a unix socket, and by the service of node metrics', async (t) => {
  const listener = plainListener((request, response) => {
    sendReply(response, {
      status: 200,
      body: request.url === '/-/healthy' ? 'Healthy' : (percentDecode(request.url ?? '') ?? ''),
    });
  });
  const path = join(socketFolder(t), 's');
  listener.server.listen(path);
  await once(listener.server, 'listening');
  t.teardown(() => listener.stop());
  const odd = 'GET /\xc3\xa9 HTTP/1.1\nHost: h\n\n';
  t.same(await askRaw(connect(path), odd), ['200 /é', '200 Healthy']);
  t.same(await askRaw(connect(path), 'GET / HTTP/3.0\n\n'), [
    '505 505 HTTP Version Not Supported: unsupported protocol version',
  ]);
  const node = await startNode([]);
  t.teardown(() => node.stop(0));
  const [first = ''] = await askRaw(
    dialer(node.addresses[0] ?? '')(),
    'GET /metrics?collect[]=\xc3\xa9 HTTP/1.1\nHost: h\n\n',
  );
  t.match(first, 'é');
});

t.test('a plain head goes on as it is, wherever its Host stands', (t) => {
  const rows: readonly (readonly [lines: readonly string[], isPlain: boolean])[] = [
    [['Host: h', 'Accept: */*', 'X-Prometheus-Scrape-Timeout-Seconds: 10'], true],
    [['X-Prometheus-Scrape-Timeout-Seconds: 10', 'host: h:9115', 'Accept: */*'], true],
    [['Accept: */*', 'Host: h'], true],
    [['Accept: */*'], false],
    [['Host: h', 'Accept: */*', 'Host: h'], false],
    [['Content-Length: 0', 'Host: h'], false],
    [['Accept: */*', 'Host: h', 'Connection: close'], false],
    [['Accept: */*', 'Connection: keep-alive', 'Host: h', 'Connection: Keep-Alive'], true],
    [['Host: h', 'Connection: keep-alive, close'], false],
    [['Host: h', 'Connection: keep-alive, upgrade', 'Upgrade: websocket'], false],
    [['Accept : */*', 'Host: h'], false],
  ];
  for (const [lines, isPlain] of rows) {
    const bytes = Buffer.from(['GET /probe?target=a HTTP/1.1', ...lines, '', ''].join('\r\n'));
    t.equal(new HeadStream(4096).feed(bytes) === bytes, isPlain, lines.join(', '));
  }
  t.end();
});

t.test('a head that does not end in time, or is too long, is refused', async (t) => {
  const stream = new HeadStream(100);
  for (const byte of 'GET / HTTP/1.1\r\nHost: h\r\nA: ') t.equal(stream.feed(Buffer.from(byte)).length, 0);
  t.equal(stream.heldBytes, 28);
  t.equal(stream.feed(Buffer.alloc(80, 'a')).toString().split(' ')[1], REFUSED_URL);
  t.same(stream.refusal, { status: 431, text: '431 Request Header Fields Too Large' });
  t.equal(stream.heldBytes, 0);
  t.equal(stream.feed(Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n')).length, 0, 'nothing follows');
});

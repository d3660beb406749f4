import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runit } from '../../../src/node/collectors/runit.js';
import { supervisord } from '../../../src/node/collectors/supervisord.js';
import { askCollector } from '../../helpers/services/collect.js';

const samples = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('node_'));

/** What runit writes into supervise/status. */
function statusBytes(seconds: number, wanted: string, state: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeBigUInt64BE(2n ** 62n + 10n + BigInt(seconds), 0);
  bytes.write(wanted, 17, 'latin1');
  bytes[19] = state;
  return bytes;
}

t.test('services of runit', async (t) => {
  const folder = t.testdir({ file: 'no service', none: {} });
  for (const [name, status] of [
    ['up', statusBytes(1_700_000_000, 'u', 1)],
    ['down', statusBytes(1_700_000_001, 'd', 0)],
    ['finish', statusBytes(1_700_000_002, '\0', 2)],
    ['short', statusBytes(1_700_000_003, 'u', 1).subarray(0, 19)],
  ] as const) {
    mkdirSync(join(folder, name, 'supervise'), { recursive: true });
    writeFileSync(join(folder, name, 'supervise/status'), status);
  }
  writeFileSync(join(folder, 'down/down'), '');
  const asked = askCollector(runit, { flags: { 'runit.servicedir': folder } });
  t.same(samples(await asked.scrape()), [
    'node_service_desired_state{service="down",supervisor="runit"} 0',
    'node_service_desired_state{service="finish",supervisor="runit"} 0',
    'node_service_desired_state{service="up",supervisor="runit"} 1',
    'node_service_normal_state{service="down",supervisor="runit"} 0',
    'node_service_normal_state{service="finish",supervisor="runit"} 1',
    'node_service_normal_state{service="up",supervisor="runit"} 1',
    'node_service_state{service="down",supervisor="runit"} 0',
    'node_service_state{service="finish",supervisor="runit"} 2',
    'node_service_state{service="up",supervisor="runit"} 1',
    'node_service_state_last_change_timestamp_seconds{service="down",supervisor="runit"} 1.700000001e+09',
    'node_service_state_last_change_timestamp_seconds{service="finish",supervisor="runit"} 1.700000002e+09',
    'node_service_state_last_change_timestamp_seconds{service="up",supervisor="runit"} 1.7e+09',
  ]);
  for (const name of ['up', 'down', 'finish']) rmSync(join(folder, name), { recursive: true });
  await t.rejects(asked.scrape(), { message: 'the status of short is cut off' });
  const elsewhere = askCollector(runit, { flags: { 'runit.servicedir': join(folder, 'nowhere') } });
  await t.rejects(elsewhere.scrape(), { message: /nowhere: no such file or directory/ });
});

const member = (name: string, value: string): string => `<member><name>${name}</name><value>${value}</value></member>`;
const processXml = (...members: readonly (readonly [string, string])[]): string =>
  `<value><struct>\n${members.map(([name, value]) => member(name, value)).join('\n')}</struct></value>\n`;
const answerXml = (...processes: readonly string[]): string =>
  `<?xml version='1.0'?>\n<methodResponse><params><param>\n<value><array><data>\n${processes.join('')}</data></array></value>\n</param></params></methodResponse>\n`;

const ANSWER = answerXml(
  processXml(
    ['name', '<string>web</string>'],
    ['group', '<string>front</string>'],
    ['start', '<int>1700000000</int>'],
    ['state', '<int>20</int>'],
    ['exitstatus', '<int>0</int>'],
    ['spawnerr', '<string></string>'],
  ),
  processXml(
    ['name', 'b&lt;&amp;&gt;&quot;&#252;&#x2603;&odd;'],
    ['group', '<string>back</string>'],
    ['start', '<i4>1700000050</i4>'],
    ['state', '<i4>100</i4>'],
    ['exitstatus', '<int>-3</int>'],
  ),
  processXml(['name', '<string>odd</string>'], ['group', '<string>back</string>'], ['state', '<string>x</string>']),
  processXml(['name', '<string>nameless</string>']),
);

/** A server that answers each connection so, and what it was asked. */
async function answering(
  t: Test,
  answer: string,
  place: string | number = 0,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      asked.push(bytes.toString());
      socket.end(answer);
    });
  });
  server.listen(typeof place === 'number' ? { port: place, host: '127.0.0.1' } : { path: place });
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const url = typeof address === 'string' ? `unix://${address}` : `http://127.0.0.1:${String(address?.port)}/RPC2`;
  return { url, asked };
}

const http = (body: string, head = 'HTTP/1.0 200 OK\r\nContent-Type: text/xml'): string => `${head}\r\n\r\n${body}`;

const EXPECTED = [
  'node_supervisord_exit_status{group="back",name="b<&>\\"ü☃&odd;"} -3',
  'node_supervisord_exit_status{group="front",name="web"} 0',
  'node_supervisord_start_time_seconds{group="front",name="web"} 1.7e+09',
  'node_supervisord_state{group="back",name="b<&>\\"ü☃&odd;"} 100',
  'node_supervisord_state{group="front",name="web"} 20',
  'node_supervisord_up{group="back",name="b<&>\\"ü☃&odd;"} 0',
  'node_supervisord_up{group="front",name="web"} 1',
];

t.test('processes of supervisord, over HTTP and over a socket', async (t) => {
  const { url, asked } = await answering(t, http(ANSWER));
  const flags = { 'supervisord.url': url.replace('http://', 'http://us%40er:pass@') };
  t.same(samples(await askCollector(supervisord, { flags }).scrape()), EXPECTED);
  t.match(asked[0], /^POST \/RPC2 HTTP\/1\.0\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  t.match(asked[0], `Authorization: Basic ${Buffer.from('us@er:pass').toString('base64')}\r\n`);
  t.match(asked[0], '<methodName>supervisor.getAllProcessInfo</methodName>');

  // The name of a socket has 107 bytes at most.
  const folder = mkdtempSync(join(tmpdir(), 'sonde-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const local = await answering(t, http(ANSWER), join(folder, 's.sock'));
  const env = { SUPERVISORD_URL: local.url };
  t.same(samples(await askCollector(supervisord, { env }).scrape()), EXPECTED, 'as the environment says');
  t.match(local.asked[0], /^POST \/RPC2 HTTP\/1\.0\r\nHost: unix\r\n/);
});

t.test('answers that are none', async (t) => {
  const fault = `<methodResponse><fault>${processXml(['faultCode', '<int>1</int>'], ['faultString', '<string>UNKNOWN_METHOD</string>'])}</fault></methodResponse>`;
  for (const [name, answer, message] of [
    ['a fault', http(fault), 'XML-RPC answers: UNKNOWN_METHOD'],
    ['another status', http('', 'HTTP/1.0 401 Unauthorized'), /unable to call supervisord: .* status 401/],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', /is no HTTP/],
    ['nothing', '', /is no HTTP/],
    ['cut off', http(ANSWER.slice(0, ANSWER.indexOf('</params>'))), /none, or cut off/],
    ['cut off in a tag', http(ANSWER.slice(0, -3)), /cut off/],
    ['no XML', http('hello'), /none, or cut off/],
    ['too long', http('x'.repeat(17 * 1024 * 1024)), /more than 16 MiB/],
  ] as const) {
    const { url } = await answering(t, answer);
    await t.rejects(askCollector(supervisord, { flags: { 'supervisord.url': url } }).scrape(), { message }, name);
  }
  const { url } = await answering(t, http(answerXml()));
  t.equal(await askCollector(supervisord, { flags: { 'supervisord.url': url } }).scrape(), '', 'no processes');
});

t.test('an answer that says its length ends there', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(http(ANSWER, `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(ANSWER)}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const flags = { 'supervisord.url': `http://127.0.0.1:${port}/RPC2` };
  t.same(samples(await askCollector(supervisord, { flags }).scrape()), EXPECTED);
});

t.test('nobody there, and what is no place', async (t) => {
  const flags = { 'supervisord.url': 'unix:///nonexistent/nobody.sock' };
  await t.rejects(askCollector(supervisord, { flags }).scrape(), { message: /^unable to call supervisord: .*ENOENT/ });
  const long = { 'supervisord.url': `unix:///${'x'.repeat(107)}` };
  t.throws(() => askCollector(supervisord, { flags: long }), { message: /longer than 107 bytes/ });
  for (const url of ['https://h/RPC2', 'h:9001', '']) {
    t.throws(() => askCollector(supervisord, { flags: { 'supervisord.url': url } }), {
      message: `"${url}" is no URL with http: or unix:`,
    });
  }
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const address = silent.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const abort = new AbortController();
  const scrape = askCollector(supervisord, {
    flags: { 'supervisord.url': `http://127.0.0.1:${port}/` },
    signal: abort.signal,
  }).scrape();
  setImmediate(() => abort.abort());
  await t.rejects(scrape, /abort/, 'it ends with the scrape');
});

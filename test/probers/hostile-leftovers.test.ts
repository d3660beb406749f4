import { existsSync, readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { checkThreads } from '../../src/probe/checks/check-threads.js';
import { socketFolder } from '../helpers/servers/socket-folder.js';
import { startStreamServer, type StreamScript } from '../helpers/servers/stream-server.js';
import { probe } from '../helpers/services/probe.js';
import { sharedIdentities } from '../helpers/tls/certificates.js';
import { startTlsServer } from '../helpers/tls/tls-server.js';
import { until } from '../helpers/until.js';

const FLOOD_BYTES = 64 * 1024;

/**
 * Says `start` to whoever has said something, and then `unit` without end, as fast as it is taken; hangs up where there
 * is none.
 */
function answer(start: string | Buffer, unit?: string): StreamScript {
  return (socket) => {
    socket.once('data', () => {
      if (unit === undefined) socket.end(start);
      else flood(socket, start, unit);
    });
  };
}

function flood(socket: Socket, start: string | Buffer, unit: string): void {
  const piece = Buffer.from(unit.repeat(Math.ceil(FLOOD_BYTES / unit.length)), 'latin1');
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.write(start);
  socket.on('drain', more);
  more();
}

const silence: StreamScript = () => undefined;
const OK = 'HTTP/1.1 200 OK\r\n';
const JSON_LIST = JSON.stringify(Array.from({ length: 100_000 }, (_, index) => index));
const CLOSE_TO_IT = `${'a'.repeat(60_000)}xyz`;
/** Takes many seconds on what comes close to it. */
const COSTLY = '((a|b){1,100}){1,9}(x)y$';
const LABELS = "labels: [{name: a, value: '${1}'}]";
const WEBSOCKET = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const HTTP2_SETTINGS = Buffer.from('000000040000000000', 'hex');
const CEL = 'fail_if_body_json_matches_cel: "body.exists(x, body.exists(y, x == y + 0.5))"';

type Hostile = readonly [name: string, module: (address: string) => string, scheme: string, script: StreamScript];

const http =
  (options = ''): (() => string) =>
  () =>
    `prober: http\nhttp: {${options}}`;
const tcp =
  (options = ''): (() => string) =>
  () =>
    `prober: tcp\ntcp: {${options}}`;

const HOSTILE: readonly Hostile[] = [
  ['http: silence', http(), 'http://', silence],
  ['http: an endless head', http(), 'http://', answer(OK, 'a: b\r\n')],
  ['http: an endless body', http(), 'http://', answer(`${OK}\r\n`, 'x')],
  ['http: tiny chunks', http(), 'http://', answer(`${OK}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n')],
  ['http: a body that is cut off', http(), 'http://', answer(`${OK}Content-Length: 9\r\n\r\nx`)],
  ['http: a gzip bomb', http('compression: gzip'), 'http://', answer(bomb())],
  ['http: no HTTP', http(), 'http://', answer('\0', 'x')],
  ['http: CEL without end', http(CEL), 'http://', answer(`${OK}\r\n${JSON_LIST}`)],
  ['https: garbage in place of TLS', http(), 'https://', answer('', '\x16\x03\x03\x40\x00')],
  ['https: silence', http(), 'https://', silence],
  ['a token endpoint without end', oauth, '', answer(`${OK}\r\n`, 'x')],
  ['a proxy without end', (address) => http(`proxy_url: "http://${address}"`)(), '', answer(OK, 'a: b\r\n')],
  ['socks: zeros', (address) => http(`proxy_url: "socks5://${address}"`)(), '', answer('', '\0')],
  ['tcp: a costly pattern', tcp(`query_response: [{expect: "${COSTLY}", ${LABELS}}]`), '', say(CLOSE_TO_IT)],
  ['tcp: lines without end', tcp('query_response: [{expect: x}]'), '', (socket) => flood(socket, '', 'a\r\n')],
  ['tcp: garbage after starttls', tcp('query_response: [{starttls: true}]'), '', answer('', '\x16\x03\x03\x40\x00')],
  ['dns: silence', dns, '', silence],
  ['dns: garbage', dns, '', answer('', '\0\x09garbage')],
  ['websocket: an endless head', websocket, 'ws://', answer(WEBSOCKET.slice(0, -2), 'a: b\r\n')],
  ['websocket: another key', websocket, 'ws://', answer(WEBSOCKET, '\x89\0')],
  ['grpc: pings without end', grpc, '', answer(HTTP2_SETTINGS, '\0\0\x08\x06\0\0\0\0\0abcdefgh')],
  ['grpc: HTTP/1.1', grpc, '', answer(`${OK}\r\n`, 'x')],
];

function say(text: string): StreamScript {
  return (socket) => socket.end(`${text}\n`);
}

function bomb(): Buffer {
  return Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\n\r\n`), gzipSync(Buffer.alloc(64 * 1024 * 1024))]);
}

function oauth(address: string): string {
  return http(`oauth2: {client_id: a, client_secret: b, token_url: "http://${address}/"}`)();
}

function dns(): string {
  return 'prober: dns\ndns: {query_name: x.test, transport_protocol: tcp}';
}

function websocket(): string {
  return 'prober: websocket\nwebsocket: {}';
}

function grpc(): string {
  return 'prober: grpc\ngrpc: {}';
}

/** What is open: everything that Node counts, by kind, and what the system counts where it says so. */
function open(): Readonly<Record<string, number>> {
  const counts = new Map<string, number>([['threads of checks', checkThreads.count]]);
  for (const kind of process.getActiveResourcesInfo()) {
    // What is due in the next turn of the loop is not left over.
    if (kind !== 'Immediate') counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  if (existsSync('/proc/self/fd')) counts.set('descriptors', readdirSync('/proc/self/fd').length);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function probeAll(t: Test, targets: readonly (readonly [module: string, target: string])[]): Promise<void> {
  const verdicts = targets.map(async ([module, target]) => {
    t.not((await probe(module, target, { timeoutSeconds: 0.3 })).verdict, 'ok', module);
  });
  await Promise.all(verdicts);
}

t.test('hostile probes of every kind leave nothing open', async (t) => {
  const targets: (readonly [module: string, target: string])[] = [];
  for (const [, module, scheme, script] of HOSTILE) {
    const { target } = await startStreamServer(t, script);
    targets.push([
      module(target),
      scheme === '' && module(target).includes('prober: http') ? 'http://127.0.0.1:9/' : `${scheme}${target}`,
    ]);
  }
  const { target: unix } = await startStreamServer(t, (socket) => flood(socket, '', 'a'), {
    path: `${socketFolder(t)}/s`,
  });
  targets.push(['prober: unix\nunix: {query_response: [{expect: x}]}', unix]);
  const { localhost } = await sharedIdentities();
  const tlsServer = await startTlsServer(localhost, { hangsUp: true });
  t.teardown(tlsServer.close);
  targets.push(['prober: tcp\ntcp: {tls: true}', `127.0.0.1:${tlsServer.port}`]);
  // The first round loads and opens what stays.
  await probeAll(t, targets);
  await until(() => checkThreads.count === 0 && open()['TCPSocketWrap'] === undefined, 'the first round is over');
  const before = open();
  for (let round = 0; round < 3; round++) await probeAll(t, targets);
  // Something of the first round may have been on its way out when this was counted, so that there are fewer now.
  const more = () => Object.entries(open()).filter(([kind, count]) => count > (before[kind] ?? 0));
  const counted = () => `no more is open than before: ${JSON.stringify({ before, now: open() })}`;
  await until(() => more().length === 0, counted);
  t.same(more(), []);
});

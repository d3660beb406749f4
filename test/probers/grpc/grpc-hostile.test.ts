import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { data, goAway, headers, resetStream, settings } from '../../helpers/servers/http2-frames.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const MODULE = 'prober: grpc\ngrpc: { preferred_ip_protocol: ip4 }';

/** Calls `script` once the client has sent its request. */
async function startServer(t: Test, script: (socket: Socket) => void): Promise<{ port: number; open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      script(socket);
    });
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, open };
}

const send =
  (...frames: readonly Buffer[]) =>
  (socket: Socket): void => {
    socket.write(Buffer.concat([settings, ...frames]));
  };

const HEAD = headers({ ':status': '200', 'content-type': 'application/grpc' }, 'more');
const SERVING = Buffer.of(0, 0, 0, 0, 2, 8, 1);
const OK = headers({ 'grpc-status': '0' }, 'end');
const statuses = (...codes: readonly string[]): Buffer =>
  headers(
    codes.map((code) => ['grpc-status', code] as const),
    'end',
  );
const statusHead = (code: string): Buffer =>
  headers({ ':status': '200', 'content-type': 'application/grpc', 'grpc-status': code }, 'more');
const OK_HEAD = statusHead('0');
const FIRST_OK = Buffer.concat([settings, OK_HEAD, data(SERVING)]);
const BIG = Array.from({ length: 8 }, () => data(Buffer.alloc(16_000)));

const CASES: readonly (readonly [string, (socket: Socket) => void, string, number])[] = [
  ['answers by hand', send(HEAD, data(SERVING), OK), 'ok', 0],
  ['answers byte by byte', trickle(Buffer.concat([settings, HEAD, data(SERVING), OK])), 'ok', 0],
  ['speaks HTTP/1.1', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'processing/response_malformed', 14],
  ['speaks SSH', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'processing/response_malformed', 14],
  ['closes at once', (socket) => socket.end(), 'processing/connection_closed', 14],
  ['resets at once', (socket) => socket.resetAndDestroy(), 'processing/connection_reset', 14],
  ['closes after its settings', (socket) => socket.end(settings), 'processing/connection_closed', 14],
  ['closes in mid-answer', (socket) => socket.end(Buffer.concat([settings, HEAD])), 'processing/connection_closed', 14],
  ['resets the stream', send(resetStream(1)), 'processing/connection_reset', 13],
  ['cancels the stream', send(HEAD, resetStream(8)), 'processing/connection_reset', 1],
  ['refuses the stream', send(resetStream(7)), 'processing/http2_refused_stream', 14],
  ['goes away', send(goAway(0)), 'processing/http2_goaway', 14],
  ['goes away in anger', send(goAway(11)), 'processing/http2_enhance_your_calm', 14],
  ['sends no trailers', send(HEAD, data(SERVING, 'end')), 'processing/response_malformed', 13],
  ['says OK at first, and then ends', (socket) => socket.end(FIRST_OK), 'processing/connection_closed', 14],
  [
    'says OK at first, and then resets the stream',
    send(OK_HEAD, data(SERVING), resetStream(2)),
    'processing/connection_reset',
    13,
  ],
  [
    'says OK at first, and nothing at the end',
    send(OK_HEAD, data(SERVING, 'end')),
    'processing/response_malformed',
    13,
  ],
  ['says twice how it ended', send(HEAD, data(SERVING), statuses('5', '0')), 'ok', 0],
  [
    'says twice how it ended, first by no number',
    send(HEAD, data(SERVING), statuses('x', '0')),
    'processing/response_malformed',
    2,
  ],
  [
    'says at first by no number how it ended',
    send(statusHead('x'), data(SERVING), OK),
    'processing/response_malformed',
    2,
  ],
  ['says a negative number', send(HEAD, data(SERVING), statuses('-1')), 'check/grpc_status_error', 2 ** 32 - 1],
  ['says a number with many zeros', send(HEAD, data(SERVING), statuses('000000000000')), 'ok', 0],
  [
    'says a number of more than 32 bits',
    send(HEAD, data(SERVING), statuses('4294967296')),
    'processing/response_malformed',
    2,
  ],
  ['sends bytes behind the message', send(HEAD, data(Buffer.concat([SERVING, Buffer.alloc(4)])), OK), 'ok', 0],
  ['sends half a prefix', send(HEAD, data(Buffer.alloc(4)), OK), 'processing/response_malformed', 13],
  ['sends no message', send(HEAD, OK), 'processing/response_malformed', 13],
  ['sends a message that never ends', send(HEAD, ...BIG), 'processing/body_too_large', 8],
  ['sends a 404', send(headers({ ':status': '404' }, 'end')), 'processing/grpc_unimplemented', 12],
  [
    'sends a web page',
    send(headers({ ':status': '200', 'content-type': 'text/html' }, 'end')),
    'processing/response_malformed',
    2,
  ],
];

function trickle(bytes: Buffer): (socket: Socket) => void {
  return (socket) => {
    let at = 0;
    const next = (): void => {
      if (at < bytes.length) socket.write(bytes.subarray(at, ++at), next);
    };
    next();
  };
}

t.test('servers that are no gRPC servers, or bad ones', async (t) => {
  for (const [name, script, verdict, code] of CASES) {
    const { port, open } = await startServer(t, script);
    const probed = await probe(MODULE, `127.0.0.1:${port}`);
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics['probe_grpc_status_code'], code, `${name}: code`);
    await allClosed(open);
  }
});

t.test('servers that take their time', async (t) => {
  for (const [name, script] of [
    ['silent', () => undefined],
    ['silent after its settings', send()],
    ['silent after the head', send(HEAD)],
    ['silent before the trailers', send(HEAD, data(SERVING))],
  ] as const) {
    const { port, open } = await startServer(t, script);
    const probed = await probe(MODULE, `127.0.0.1:${port}`, { timeoutSeconds: 0.15 });
    t.equal(probed.verdict, 'processing/response_timeout', name);
    t.equal(probed.metrics['probe_grpc_status_code'], 4, `${name}: DEADLINE_EXCEEDED`);
    await allClosed(open);
  }
});

t.test('a probe that nobody waits for any more', async (t) => {
  const cancel = new AbortController();
  const { port, open } = await startServer(t, () => {
    cancel.abort();
  });
  const probed = await probe(MODULE, `127.0.0.1:${port}`, { cancelled: cancel.signal });
  t.equal(probed.verdict, 'processing/probe_cancelled');
  t.equal(probed.metrics['probe_grpc_status_code'], 1, 'CANCELLED');
  await allClosed(open);
});

t.test('nothing listens', async (t) => {
  const probed = await probe(MODULE, await closedPort());
  t.equal(probed.verdict, 'connect/connection_refused');
  t.equal(probed.metrics['probe_grpc_status_code'], 14, 'UNAVAILABLE');
  t.equal(probed.metrics['probe_grpc_healthcheck_response{serving_status="SERVING"}'], 0);
});

/** The test's own timeout is the verdict on a connection that stays open. */
async function allClosed(open: Set<Socket>): Promise<void> {
  for (const socket of open) if (!socket.closed) await once(socket, 'close');
}

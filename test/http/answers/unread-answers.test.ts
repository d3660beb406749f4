import { EventEmitter, once } from 'node:events';
import { type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import { sendMetricPieces, wantedFormat } from '../../../src/http/answers/send-metrics.js';
import { PIECE_BYTES, sendPieces } from '../../../src/http/answers/send-pieces.js';
import { MOST_UNREAD_BYTES, UnreadRoom, unreadRoom } from '../../../src/http/answers/unread-answers.js';
import type { WebHandler, WebResponse } from '../../../src/http/exchange.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { plainListener } from '../../../src/http/listeners/listener.js';
import { tlsListener } from '../../../src/http/listeners/tls-listener.js';
import { systemClock } from '../../../src/values/clock.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startTestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { localhostSide } from '../../helpers/tls/tls-side.js';
import { until } from '../../helpers/until.js';

/** Short, so that the test sees the end of those who take nothing. */
const LIMITS = { stalledMs: 200, wholeMs: 60_000 };

const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

async function startPlain(t: Test, handler: WebHandler, limits = LIMITS) {
  const listener = plainListener(handler, limits);
  const address = await bindServer(listener.server, '127.0.0.1:0');
  t.teardown(() => {
    listener.cut();
    return listener.stop();
  });
  const [host = '', port = ''] = address.split(':');
  return { address, dial: () => connect(Number(port), host) };
}

async function startTls(t: Test, handler: WebHandler, limits = LIMITS) {
  const side = await localhostSide(systemClock);
  const listener = tlsListener(handler, side, limits);
  const address = await bindServer(listener.server, '127.0.0.1:0');
  t.teardown(() => {
    listener.cut();
    return listener.stop();
  });
  return address;
}

/** A client over HTTP/2 that has the head of its answer and takes nothing of the body. */
async function askWithoutWindow(t: Test, address: string): Promise<ClientHttp2Stream> {
  const settings = { initialWindowSize: 0 };
  const session = connectHttp2(`https://${address}`, { rejectUnauthorized: false, settings });
  session.on('error', () => undefined);
  t.teardown(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => undefined);
  await once(stream, 'response');
  return stream;
}

/** An answer without end, and how much of it was made. */
function endless() {
  const made = { pieces: 0, ended: Promise.resolve() };
  const piece = Buffer.alloc(PIECE_BYTES, 'x');
  const pieces = function* () {
    for (;;) {
      made.pieces += 1;
      yield piece;
    }
  };
  const handler: WebHandler = (_request, response) => {
    made.ended = sendPieces(response, { headers: {}, pieces: pieces() }, LIMITS);
  };
  return { made, handler };
}

/** More than the buffers of a loopback connection take. */
const MOST_PIECES = 400;

t.test('a client that reads nothing is cut off, and no more is made for it than the connection takes', async (t) => {
  const { made, handler } = endless();
  const { dial } = await startPlain(t, handler);
  const client = dial();
  client.on('error', () => undefined);
  client.pause().write(GET);
  while (made.pieces === 0) await new Promise((resolve) => setImmediate(resolve));
  await made.ended;
  t.ok(made.pieces < MOST_PIECES, `${made.pieces} pieces`);
  client.destroy();
});

t.test('a complete answer that nobody takes is cut off', async (t) => {
  let closed: Promise<void> | undefined;
  const address = await startTls(t, (_request, response) => {
    closed = new Promise((resolve) => response.once('close', resolve));
    sendReply(response, { status: 200, body: 'x' });
  });
  const stream = await askWithoutWindow(t, address);
  await closed;
  await once(stream, 'close');
});

t.test('over HTTP/2, a client without a window is cut off', async (t) => {
  const { made, handler } = endless();
  const address = await startTls(t, handler);
  const stream = await askWithoutWindow(t, address);
  await made.ended;
  t.ok(made.pieces < MOST_PIECES, `${made.pieces} pieces`);
  await once(stream, 'close');
});

t.test('what is long comes whole, packed or not, also to a slow reader', async (t) => {
  const piece = Buffer.from('metric{label="value"} 1\n'.repeat(500));
  const pieces = Array.from({ length: 60 }, () => piece);
  const { address } = await startPlain(
    t,
    (request, response) => {
      void sendMetricPieces(request, response, { format: wantedFormat(request), pieces });
    },
    { stalledMs: 30_000, wholeMs: 60_000 },
  );
  const plain = await httpGet(address, '/');
  t.ok(Buffer.concat(pieces).equals(Buffer.from(plain.text)));
  const packed = await fetch(`http://${address}/`, { headers: { 'accept-encoding': 'gzip' } });
  t.equal(packed.headers.get('content-encoding'), 'gzip');
  t.equal((await packed.text()).length, plain.text.length);
});

/** So long that a client is not cut off for its time. */
const PATIENT = { stalledMs: 60_000, wholeMs: 60_000 };

/** A body of which a few are more than there is room for, and a short one. */
const bodies: WebHandler = (request, response) => {
  const body = request.url === '/short' ? SHORT : LONG;
  sendReply(response, { status: 200, body });
};
const LONG = Buffer.alloc(MOST_UNREAD_BYTES / 8, 'x');
const SHORT = LONG.subarray(0, PIECE_BYTES);

t.test('whoever reads nothing gives way to others: HTTP/1.1', async (t) => {
  const { address, dial } = await startPlain(t, bodies, PATIENT);
  const clients = Array.from({ length: 12 }, () => dial());
  let cut = 0;
  for (const client of clients) {
    client.on('error', () => undefined).on('close', () => (cut += 1));
    client.pause().write(GET);
  }
  await until(() => unreadRoom.bytes > MOST_UNREAD_BYTES - LONG.length, 'the room is full');
  for (const path of ['/', '/short']) t.equal((await httpGet(address, path)).status, 200, path);
  for (const client of clients) client.resume();
  await until(
    () => cut >= 5,
    () => `those without room are cut, ${cut} are`,
  );
  t.ok(cut < clients.length, 'and others are not');
  for (const client of clients) client.destroy();
  await until(() => unreadRoom.bytes === 0, 'nothing is held');
});

t.test('whoever reads nothing gives way to others: HTTP/2', async (t) => {
  const address = await startTls(t, bodies, PATIENT);
  const streams: ClientHttp2Stream[] = [];
  for (let at = 0; at < 12; at++) streams.push(await askWithoutWindow(t, address));
  const session = connectHttp2(`https://${address}`, { rejectUnauthorized: false });
  t.teardown(() => session.destroy());
  for (const [path, body] of [
    ['/', LONG],
    ['/short', SHORT],
  ] as const) {
    let bytes = 0;
    const stream = session.request({ ':path': path }).on('data', (chunk: Buffer) => (bytes += chunk.length));
    await once(stream, 'close');
    t.equal(bytes, body.length, path);
  }
  t.same(
    streams.map(({ closed }) => closed),
    streams.map((_stream, at) => at < 5),
    'the first are cut',
  );
  for (const stream of streams) stream.session?.destroy();
  await until(() => unreadRoom.bytes === 0, 'nothing is held');
});

/** An answer in the room, and whether it was cut. */
class Held extends EventEmitter {
  isCut = false;

  destroy(): void {
    this.isCut = true;
  }
}

const [QUARTER, HALF] = [MOST_UNREAD_BYTES / 4, MOST_UNREAD_BYTES / 2];

/** What happens in a room, at which second, and whose answers are cut then. */
const ROOMS: Readonly<Record<string, readonly (readonly [seconds: number, ...events: string[]])[]>> = {
  'the one that is longest unread is cut': [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
    [3, 'd'],
    [4, 'e cuts a'],
    [5, 'f cuts b'],
  ],
  'a slow reader comes after those who read nothing': [
    [0, 'slow'],
    [10, 'slow takes'],
    [11, 'a'],
    [12, 'b'],
    [13, 'c'],
    [14, 'd cuts a'],
    [15, 'e cuts b'],
    [19, 'slow takes', 'f cuts c'],
  ],
  'a slow reader that has stopped comes first': [
    [0, 'slow'],
    [1, 'slow takes'],
    [2, 'a'],
    [3, 'b'],
    [4, 'c', 'd cuts slow'],
  ],
  'of slow readers the one is cut that has not read for longest': [
    [0, 'a', 'b', 'c', 'd'],
    [5, 'b takes', 'a takes', 'd takes', 'c takes'],
    [6, 'e cuts b'],
  ],
  'what is gone gives its room back once': [
    [0, 'a', 'b', 'c', 'd'],
    [1, 'a closes', 'a closes', 'e'],
    [2, 'f cuts b'],
  ],
  'one answer may cut several': [
    [0, 'a', 'b', 'c', 'd'],
    [1, 'HALF cuts a b'],
  ],
};

for (const [name, events] of Object.entries(ROOMS)) {
  t.test(name, (t) => {
    let seconds = 0;
    const room = new UnreadRoom(() => seconds * 1000);
    const held = new Map<string, Held>();
    for (const [at, ...happens] of events) {
      seconds = at;
      for (const event of happens) {
        const [who = '', verb, ...whom] = event.split(' ');
        const before = [...held].filter(([, { isCut }]) => !isCut);
        if (verb === 'takes') held.get(who)?.emit('drain');
        else if (verb === 'closes') held.get(who)?.emit('close');
        else {
          const response = new Held();
          room.hold(response as unknown as WebResponse, who === 'HALF' ? HALF : QUARTER);
          held.set(who, response);
        }
        t.same(
          before.filter(([, { isCut }]) => isCut).map(([each]) => each),
          whom,
          `${at} s: ${event}`,
        );
      }
    }
    t.equal(room.bytes, MOST_UNREAD_BYTES);
    t.end();
  });
}

t.test('a page of pushed metrics is the same as ever', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(0));
  const lines = Array.from({ length: 6000 }, (_unused, index) => `long_${index} ${index}\n`).join('');
  t.equal((await gateway.send('PUT', '/metrics/job/j', { body: lines })).status, 200);
  t.equal((await gateway.pushedLines()).filter((line) => line.startsWith('long_')).length, 6000);
});

t.test('a client that leaves over HTTP/2 is nobody’s bug', async (t) => {
  const thrown: unknown[] = [];
  const address = await startTls(t, (_request, response) => {
    response.once('close', () => {
      setImmediate(() => {
        try {
          sendReply(response, { status: 200, body: 'late', contentType: 'text/plain' });
        } catch (error) {
          thrown.push(error);
        }
        left();
      });
    });
  });
  let left = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const session = connectHttp2(`https://${address}`, { rejectUnauthorized: false });
  t.teardown(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => undefined);
  await once(session, 'remoteSettings');
  session.ping(() => {
    stream.close(8);
  });
  await gone;
  t.same(thrown, []);
});

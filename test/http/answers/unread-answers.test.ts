import { once } from 'node:events';
import { type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import { sendMetricPieces, wantedFormat } from '../../../src/http/answers/send-metrics.js';
import { PIECE_BYTES, sendPieces } from '../../../src/http/answers/send-pieces.js';
import { MOST_UNREAD_BYTES } from '../../../src/http/answers/unread-answers.js';
import type { WebHandler } from '../../../src/http/exchange.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { plainListener } from '../../../src/http/listeners/listener.js';
import { tlsListener } from '../../../src/http/listeners/tls-listener.js';
import { systemClock } from '../../../src/values/clock.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startTestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { localhostSide } from '../../helpers/tls/tls-side.js';

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

async function startTls(t: Test, handler: WebHandler) {
  const side = await localhostSide(systemClock);
  const listener = tlsListener(handler, side, LIMITS);
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

t.test('answers that wait to be read have a bound together', async (t) => {
  const body = Buffer.alloc(MOST_UNREAD_BYTES / 2, 'x');
  const { address, dial } = await startPlain(
    t,
    (_request, response) => {
      sendReply(response, { status: 200, body });
    },
    { stalledMs: 60_000, wholeMs: 60_000 },
  );
  const clients = [dial(), dial()];
  for (const client of clients) client.pause().write(GET);
  for (;;) {
    const { status, text } = await httpGet(address, '/');
    if (status !== 503) continue;
    t.match(text, 'Too many answers wait to be read');
    break;
  }
  for (const client of clients) client.destroy();
  for (;;) if ((await httpGet(address, '/')).status === 200) break;
});

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

import { once } from 'node:events';
import { connect as connectHttp2, Http2ServerRequest } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import type { WebHandler } from '../../../src/http/exchange.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { tlsListener } from '../../../src/http/listeners/tls-listener.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { block, frame, framesOf, settings, uint32 } from '../../helpers/servers/http2-frames.js';
import { localhostSide } from '../../helpers/tls/tls-side.js';
import { until } from '../../helpers/until.js';

const [DATA, HEADERS, RST_STREAM, PING] = [0, 1, 3, 6];
const [END_STREAM, END_HEADERS] = [1, 4];
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings]);

const ask = (stream: number, method: 'GET' | 'POST'): Buffer =>
  frame(
    HEADERS,
    END_HEADERS | (method === 'GET' ? END_STREAM : 0),
    stream,
    block([
      [':method', method],
      [':scheme', 'https'],
      [':path', '/'],
      [':authority', 'h'],
    ]),
  );

const times = (count: number, make: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_unused, index) => make(index)));

/** Answers each request with the number of bytes of its body; `begun` counts them. */
async function start(t: Test) {
  const clock = new ManualClock();
  const sessions: WeakRef<object>[] = [];
  const handler: WebHandler = (request, response) => {
    const session = request instanceof Http2ServerRequest ? request.stream.session : undefined;
    if (session !== undefined) sessions.push(new WeakRef(session));
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      sendReply(response, { status: 200, body: `${bytes}` });
    });
  };
  const side = await localhostSide(clock);
  const listener = tlsListener(handler, side);
  const [host = '', port = ''] = (await bindServer(listener.server, '127.0.0.1:0')).split(':');
  t.teardown(() => {
    listener.cut();
    listener.server.close();
  });
  const options = { host, port: Number(port), rejectUnauthorized: false };
  return { clock, sessions, origin: `https://${host}:${port}`, dial: () => dial(t, options) };
}

type Options = { readonly host: string; readonly port: number; readonly rejectUnauthorized: boolean };

/** A client that sends frames and collects those that come. */
async function dial(t: Test, options: Options) {
  const socket: TLSSocket = connectTls({ ...options, ALPNProtocols: ['h2'] });
  let received = Buffer.from(PREFACE.subarray(0, 24));
  socket.on('data', (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write(PREFACE);
  const seen = async (type: number, stream: number): Promise<Buffer> => {
    for (;;) {
      const found = framesOf(received).find((each) => each.type === type && each.stream === stream);
      if (found !== undefined) return Buffer.from(found.payload);
      await once(socket, 'data');
    }
  };
  return { socket, seen };
}

t.test('a client that answers no ping is cut, one that does is not', async (t) => {
  const { clock, origin, dial } = await start(t);
  const { socket, seen } = await dial();
  const honest = connectHttp2(origin, { rejectUnauthorized: false });
  t.teardown(() => {
    honest.destroy();
  });
  const answer = async (): Promise<string> => {
    const stream = honest.request({ ':path': '/' });
    const closed = once(stream, 'close');
    const [bytes] = (await once(stream, 'data')) as [Buffer];
    await closed;
    return bytes.toString();
  };
  t.equal(await answer(), '0');
  let pings = 0;
  honest.on('ping', () => (pings += 1));
  // Without a request the server has seen nothing of the other client yet.
  socket.write(ask(1, 'GET'));
  await seen(DATA, 1);
  // A client that is taking an answer is not asked, so this may take some rounds.
  for (let round = 0; round < 1000 && (!socket.closed || pings < 3); round++) {
    clock.advance(15);
    await answer();
  }
  t.ok(socket.closed);
  t.ok(pings >= 3);
  t.ok((await seen(PING, 0)).length === 8, 'it was asked');
  t.notOk(honest.destroyed);
});

t.test('a connection that begins and resets more than may be open at once is cut', async (t) => {
  const { dial } = await start(t);
  const { socket } = await dial();
  const closed = once(socket, 'close');
  // GET https://h/ in six bytes, so that one record of TLS has more of them than may be open: it is read in one turn.
  const smallest = Buffer.from([0x82, 0x87, 0x84, 0x01, 0x01, 0x68]);
  const get = (stream: number): Buffer => frame(HEADERS, END_HEADERS | END_STREAM, stream, smallest);
  socket.write(
    times(900, (index) => Buffer.concat([get(2 * index + 1), frame(RST_STREAM, 0, 2 * index + 1, uint32(8))])),
  );
  await closed;
  t.pass();
});

t.test('a body in tiny frames is reset, and the connection goes on', async (t) => {
  const { dial } = await start(t);
  const { socket, seen } = await dial();
  socket.write(Buffer.concat([ask(1, 'POST'), times(20_000, () => frame(DATA, 0, 1, Buffer.of(120))), ask(3, 'GET')]));
  t.equal((await seen(RST_STREAM, 1)).readUInt32BE(0), 11, 'ENHANCE_YOUR_CALM');
  t.equal((await seen(DATA, 3)).toString(), '0');
  socket.write(
    Buffer.concat([
      ask(5, 'POST'),
      times(200, () => frame(DATA, 0, 5, Buffer.of(120))),
      times(600, () => frame(DATA, 0, 5, Buffer.alloc(64))),
      frame(DATA, END_STREAM, 5),
    ]),
  );
  t.equal((await seen(DATA, 5)).toString(), '38600', 'few tiny frames, and many small ones, are no flood');
});

t.test('nothing of a session is kept once its client has gone', async (t) => {
  const { sessions, dial } = await start(t);
  const clients = await Promise.all(Array.from({ length: 5 }, dial));
  for (const { socket } of clients) socket.write(ask(1, 'GET'));
  await Promise.all(clients.map(({ seen }) => seen(DATA, 1)));
  t.equal(sessions.length, 5);
  for (const { socket } of clients) socket.destroy();
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // The last one may still be held by the stack, or by a buffer of Node's.
  await until(() => {
    gc();
    return sessions.filter((session) => session.deref() !== undefined).length <= 1;
  }, 'the sessions are collected');
  t.pass();
});

t.test('a session without requests is closed after the time that one of HTTP/1.1 has, and no earlier', async (t) => {
  const { clock, origin } = await start(t);
  const client = connectHttp2(origin, { rejectUnauthorized: false });
  t.teardown(() => {
    client.destroy();
  });
  const ask = async (): Promise<void> => {
    const stream = client.request({ ':path': '/' });
    stream.resume();
    await once(stream, 'close');
  };
  // What the client sends is read in order: once this is answered, so is the server's ping.
  const settle = (): Promise<void> =>
    new Promise((resolve) => {
      if (client.destroyed) resolve();
      else client.ping(() => resolve());
    });
  const wait = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds && !client.closed; passed += 5) {
      clock.advance(5);
      await settle();
      await settle();
    }
  };
  await ask();
  await wait(300);
  t.notOk(client.closed);
  await ask();
  await wait(300);
  t.notOk(client.closed, 'a request starts the time anew');
  const closed = once(client, 'close');
  await wait(30);
  await closed;
  t.pass();
});

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { clientLeaves } from '../../../src/http/answers/client-leaves.js';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import { endWhenClientLeaves, type WebHandler, type WebRequest, type WebResponse } from '../../../src/http/exchange.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { plainListener } from '../../../src/http/listeners/listener.js';
import { tlsListener } from '../../../src/http/listeners/tls-listener.js';
import { systemClock } from '../../../src/values/clock.js';
import { localhostSide } from '../../helpers/tls/tls-side.js';
import { until } from '../../helpers/until.js';

/** A client that asks at once; `leave` makes it go away. */
type Client = (port: number) => { readonly leave: () => void };

const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

function overSocket(socket: Socket) {
  socket.on('error', () => undefined).write(GET);
  return { leave: () => socket.destroy() };
}

function overHttp2(port: number, how: 'reset' | 'end') {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  const stream = session.on('error', () => undefined).request({ ':path': '/' });
  stream.on('error', () => undefined).resume();
  return {
    leave: () => {
      if (how === 'reset') stream.close(8);
      else session.destroy();
    },
  };
}

const CLIENTS: readonly (readonly [string, boolean, Client])[] = [
  ['HTTP/1.1', false, (port) => overSocket(connect(port, '127.0.0.1'))],
  ['HTTP/1.1 over TLS', true, (port) => overSocket(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }))],
  ['HTTP/2, the request is reset', true, (port) => overHttp2(port, 'reset')],
  ['HTTP/2, the connection ends', true, (port) => overHttp2(port, 'end')],
];

async function start(t: Test, isSecure: boolean, handler: WebHandler): Promise<number> {
  const listener = isSecure ? tlsListener(handler, await localhostSide(systemClock)) : plainListener(handler);
  const address = await bindServer(listener.server, '127.0.0.1:0');
  t.teardown(() => {
    listener.cut();
    return listener.stop();
  });
  return Number(address.split(':')[1]);
}

/** What the two that watch a client say of it. */
function watched(request: WebRequest, response: WebResponse): () => readonly [boolean, boolean] {
  const { signal } = endWhenClientLeaves({ request, response });
  const other = clientLeaves({ request, response });
  return () => [signal.aborted, other.aborted];
}

for (const [name, isSecure, client] of CLIENTS) {
  t.test(`${name}: a client that leaves ends the work for it`, async (t) => {
    let isGone: (() => readonly [boolean, boolean]) | undefined;
    let isGoneLate: (() => readonly [boolean, boolean]) | undefined;
    const port = await start(t, isSecure, (request, response) => {
      isGone = watched(request, response);
      response.once('close', () => {
        setImmediate(() => (isGoneLate = watched(request, response)));
      });
    });
    const { leave } = client(port);
    await until(() => isGone !== undefined, 'the request has come');
    t.same(isGone?.(), [false, false], 'while it waits');
    leave();
    await until(() => isGoneLate !== undefined, 'the client is gone');
    t.same(isGone?.(), [true, true], 'when it has left');
    t.same(isGoneLate?.(), [true, true], 'whoever asks afterwards');
  });

  t.test(`${name}: a client that has its answer has not left`, async (t) => {
    let closed: Promise<unknown> | undefined;
    let isGone: (() => readonly [boolean, boolean]) | undefined;
    const port = await start(t, isSecure, (request, response) => {
      isGone = watched(request, response);
      closed = new Promise<void>((resolve) => response.once('close', resolve));
      sendReply(response, { status: 200, body: 'all', contentType: 'text/plain' });
    });
    const { leave } = client(port);
    await until(() => closed !== undefined, 'the request has come');
    await closed;
    t.same(isGone?.(), [false, false]);
    leave();
  });
}

/** Sends so many requests and closes its side; resolves to what it gets. */
async function halfClosed(port: number, count = 1): Promise<string> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  client.end(GET.repeat(count));
  let text = '';
  client.setEncoding('latin1').on('data', (part: string) => (text += part));
  await once(client, 'close');
  return text;
}

t.test('a client that closes its side behind its requests gets the answers', async (t) => {
  const port = await start(t, false, (request, response) => {
    const answer = (): void => {
      sendReply(response, { status: 200, body: 'all', contentType: 'text/plain' });
    };
    if (request.socket.readableEnded === true) answer();
    else (request as unknown as IncomingMessage).socket.once('end', () => setImmediate(answer));
  });
  t.match(await halfClosed(port), /^HTTP\/1\.1 200 .*all$/s);
  t.equal((await halfClosed(port, 3)).split('HTTP/1.1 200').length - 1, 3, 'to all of them');
});

t.test('long work ends for a client that closes its side, which may have left', async (t) => {
  const watches: (() => readonly [boolean, boolean])[] = [];
  let requests = 0;
  const port = await start(t, false, (request, response) => {
    const watch = (): void => void watches.push(watched(request, response));
    const { socket } = request as unknown as IncomingMessage;
    if (requests++ > 0) watch();
    else {
      socket.once('end', () => {
        sendReply(response, { status: 200, body: 'all', contentType: 'text/plain' });
      });
    }
  });
  const one = await halfClosed(port, 2);
  t.match(one, /^HTTP\/1\.1 200 .*all$/s, 'the answer before it is whole');
  t.equal(await halfClosed(port, 3), '');
  t.same(
    watches.map((isGone) => isGone()),
    [
      [true, true],
      [true, true],
    ],
    'one that begins afterwards, and one before, but none behind that',
  );
});

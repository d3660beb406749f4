import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import t from 'tap';
import { sendReply } from '../../src/http/answers/http-reply.js';
import type { WebHandler, WebResponse } from '../../src/http/exchange.js';
import { bindServer } from '../../src/http/listeners/bind-server.js';
import { plainListener } from '../../src/http/listeners/listener.js';
import { tlsListener } from '../../src/http/listeners/tls-listener.js';
import { connectTcp } from '../../src/net/connect.js';
import { compileTlsConfig } from '../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../src/net/tls/tls-platform.js';
import { systemClock } from '../../src/values/clock.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { ASKED } from '../helpers/services/asked.js';
import { makeAuthority } from '../helpers/tls/certificates.js';
import { rawTlsConfig } from '../helpers/tls/tls-config.js';
import { localhostSide } from '../helpers/tls/tls-side.js';
import { until } from '../helpers/until.js';

const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

/** What clients say before they fall silent for good. */
const SILENT: readonly (readonly [name: string, says: string])[] = [
  ['nothing', ''],
  ['half a head', 'GET / HTTP/1.1\r\nHost'],
  ['a request', GET],
  ['a request and half of another', `${GET}GET /`],
];

async function silentClients(dial: () => Socket, event = 'connect'): Promise<void> {
  for (const [, says] of SILENT) {
    const client = dial();
    client.on('error', () => undefined);
    await once(client, event);
    if (says === '') continue;
    client.write(says);
    if (says.startsWith(GET)) await once(client, 'data');
  }
}

t.test(
  'whoever asks for nothing does not keep a listener from stopping, and what is asked for has its answer',
  async (t) => {
    let asked: (response: WebResponse) => void = () => undefined;
    const handler: WebHandler = ({ url }, response) => {
      if (url === '/slow') asked(response);
      else sendReply(response, { status: 200, body: 'x' });
    };
    const listener = plainListener(handler);
    const [host = '', port = ''] = (await bindServer(listener.server, '127.0.0.1:0')).split(':');
    await silentClients(() => connect(Number(port), host));
    const isAsked = new Promise<WebResponse>((resolve) => {
      asked = resolve;
    });
    const waiting = connect(Number(port), host);
    waiting.write('GET /slow HTTP/1.1\r\nHost: h\r\n\r\n');
    const response = await isAsked;
    const stopped = listener.stop();
    let text = '';
    waiting.on('data', (bytes: Buffer) => (text += bytes.toString()));
    sendReply(response, { status: 200, body: 'slow' });
    await stopped;
    if (!waiting.closed) await once(waiting, 'close');
    t.match(text, /slow$/);
  },
);

/** A listener with TLS that answers everything; its clock is moved by hand. */
async function secureListener() {
  const clock = new ManualClock();
  const handler: WebHandler = (_request, response) => {
    sendReply(response, { status: 200, body: 'x' });
  };
  const side = await localhostSide(clock);
  const listener = tlsListener(handler, side);
  const [host = '', port = ''] = (await bindServer(listener.server, '127.0.0.1:0')).split(':');
  const connections = promisify(listener.server.getConnections.bind(listener.server));
  return { listener, clock, host, port: Number(port), connections };
}

t.test('the same over TLS, with HTTP/1.1 and HTTP/2', async (t) => {
  const { listener, clock, host, port } = await secureListener();
  const options = { host, port, rejectUnauthorized: false };
  connect(options).on('error', () => undefined);
  await silentClients(() => connectTls(options), 'secureConnect');
  // A request whose body never ends, and one whose answer is never read.
  const session = connectHttp2(`https://${host}:${port}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: 0 },
  });
  session.on('error', () => undefined);
  for (const method of ['POST', 'GET']) {
    const stream = session.request({ ':method': method, ':path': '/' }, { endStream: method === 'GET' });
    stream.on('error', () => undefined);
    await once(stream, 'response');
  }
  const state = { isStopped: false };
  const stopped = listener.stop().then(() => {
    state.isStopped = true;
  });
  for (let seconds = 0; seconds < 5 && !state.isStopped; seconds += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
  }
  await stopped;
  t.pass('without being cut');
});

t.test('a client that refuses the certificate over HTTP/2 leaves no connection behind', async (t) => {
  const { listener, host, port, connections } = await secureListener();
  const { cert } = await makeAuthority({ subject: 'CN=stranger' });
  const client = compileTlsConfig(rawTlsConfig({ ca: cert }), createTlsPlatform({ clock: systemClock }));
  const { signal } = new AbortController();
  const UNKNOWN = { message: /unknown authority/ };
  // Node forgot the connection where the alert came before what it had to write was written: about every sixth time.
  for (let nth = 0; nth < 40; nth += 1) {
    const socket = await connectTcp({ asked: ASKED, address: host, port, signal });
    await t.rejects(client.handshake(socket, { serverName: 'localhost', alpn: ['h2'], signal }), UNKNOWN);
  }
  await until(async () => (await connections()) === 0, 'all are gone');
  await listener.stop();
});

import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { SocketReader } from '../../../src/net/socket-reader.js';
import { ProbeAbort } from '../../../src/probe/probe-abort.js';
import { openTunnel } from '../../../src/probers/http-client/http-tunnel.js';
import { startProxy } from '../../helpers/servers/proxy-server.js';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';

const never = new AbortController().signal;

async function connect(t: Test, port: number): Promise<Socket> {
  const socket = net.connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** What the socket gives until it ends. */
async function readAll(socket: Socket): Promise<string> {
  const reader = new SocketReader(socket, never);
  let text = '';
  for (;;) {
    const chunk = await reader.read();
    if (chunk === undefined) return text;
    text += chunk.toString();
  }
}

t.test('a tunnel through a real proxy', async (t) => {
  const origin = await startRawServer(t, answer('HTTP/1.1 204 No Content\r\n\r\n'));
  const authorization = 'Basic dXNlcjpwYXNz';
  const proxy = await startProxy(t, { authorization });
  const authority = `127.0.0.1:${origin.port}`;
  const headers = [
    ['Proxy-Authorization', authorization],
    ['X-Tag', 'a'],
    ['X-Tag', 'b'],
  ] as const;
  const socket = await openTunnel(await connect(t, proxy.port), { authority, headers, signal: never });
  socket.write('GET / HTTP/1.1\r\n\r\n');
  t.equal(await readAll(socket), 'HTTP/1.1 204 No Content\r\n\r\n');
  t.match(proxy.seen, [
    {
      method: 'CONNECT',
      target: authority,
      headers: { host: authority, 'user-agent': 'Go-http-client/1.1', 'x-tag': 'a, b' },
    },
  ]);
  await t.rejects(openTunnel(await connect(t, proxy.port), { authority, headers: [], signal: never }), {
    phase: 'proxy',
    reason: 'proxy_refused',
    message: 'Error for HTTP request',
    fields: { err: 'Proxy Authentication Required' },
  });
});

t.test('what is sent', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\n\r\n'));
  const headers = [
    ['User-Agent', 'mine'],
    ['X-Break', 'a\r\nEvil: b'],
  ] as const;
  await openTunnel(await connect(t, server.port), { authority: '[::1]:443', headers, signal: never });
  t.strictSame(server.requests, [
    'CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: mine\r\nX-Break: a  Evil: b\r\n\r\n',
  ]);
});

t.test('bytes that come with the answer belong to the tunnel', async (t) => {
  for (const end of ['\r\n\r\n', '\n\n']) {
    const server = await startRawServer(t, answer(`HTTP/1.1 200 OK${end}early`));
    const socket = await openTunnel(await connect(t, server.port), { authority: 'h:1', headers: [], signal: never });
    t.equal(await readAll(socket), 'early');
  }
});

t.test('answers that are no tunnel', async (t) => {
  const rows = [
    { name: 'a refusal', text: 'HTTP/1.1 502 Bad Gateway\r\n\r\n', err: 'Bad Gateway' },
    { name: 'another success', text: 'HTTP/1.1 204 No Content\r\n\r\n', err: 'No Content' },
    { name: 'an interim answer', text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', err: 'Continue' },
    { name: 'an empty reason', text: 'HTTP/1.1 403 \r\n\r\n', err: '' },
    { name: 'no reason', text: 'HTTP/1.1 404\r\n\r\n', err: 'unknown status code' },
    { name: 'a long reason', text: `HTTP/1.1 503 ${'x'.repeat(300)}\r\n\r\n`, err: 'x'.repeat(200) },
    { name: 'garbage', text: 'garbage\r\n\r\n', err: 'malformed HTTP response "garbage"' },
    { name: 'an odd status', text: 'HTTP/1.1 abc x\r\n\r\n', err: 'malformed HTTP status code "abc"' },
    { name: 'an odd header', text: 'HTTP/1.1 200 OK\r\nBad Header\r\n\r\n', err: /malformed MIME header/ },
    {
      name: 'an odd length',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      err: /multiple Content-Length/,
    },
    {
      name: 'an unknown transfer encoding',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n',
      err: 'unsupported transfer encoding: "x"',
    },
    {
      name: 'an endless head',
      text: `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
      err: /a head of more than 16384 bytes/,
    },
    { name: 'nothing', text: '', err: 'unexpected EOF', reason: 'connection_closed' },
    { name: 'half a head', text: 'HTTP/1.1 200 OK\r\n', err: 'unexpected EOF', reason: 'connection_closed' },
  ];
  for (const { name, text, err, reason = 'proxy_refused' } of rows) {
    const server = await startRawServer(t, answer(text));
    const socket = await connect(t, server.port);
    const tunnel = openTunnel(socket, { authority: 'h:1', headers: [], signal: never });
    await t.rejects(tunnel, { phase: 'proxy', reason, message: 'Error for HTTP request', fields: { err } }, name);
    t.equal(socket.destroyed, true, `${name}: closed`);
  }
});

t.test('a proxy that resets', async (t) => {
  const server = await startRawServer(t, (socket) => void socket.resetAndDestroy());
  const tunnel = openTunnel(await connect(t, server.port), { authority: 'h:1', headers: [], signal: never });
  await t.rejects(tunnel, { name: 'ProbeFailure', phase: 'proxy', reason: 'connection_reset' });
});

t.test('a proxy that says nothing', async (t) => {
  const deadline = new AbortController();
  const server = await startRawServer(t, () => deadline.abort(new ProbeAbort('deadline')));
  const socket = await connect(t, server.port);
  await t.rejects(openTunnel(socket, { authority: 'h:1', headers: [], signal: deadline.signal }), {
    name: 'ProbeFailure',
    phase: 'proxy',
    reason: 'proxy_timeout',
    fields: { err: 'context deadline exceeded' },
  });
  t.equal(socket.destroyed, true);
});

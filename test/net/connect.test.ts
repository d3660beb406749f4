import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { connectTcp } from '../../src/net/connect.js';
import { textOf } from '../../src/probe/error-text.js';
import { startSilentServer } from '../helpers/servers/silent-server.js';
import { closedPort } from '../helpers/servers/stream-server.js';
import { ASKED } from '../helpers/services/asked.js';

const never = new AbortController().signal;

t.test('connects and hands the socket over', async (t) => {
  const server = await startSilentServer();
  t.teardown(server.close);
  const abort = new AbortController();
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal: abort.signal });
  await server.waitForOpen(1);
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  const { localPort } = socket;
  socket.emit('error', reset);
  const expected = `read tcp 127.0.0.1:${localPort}->127.0.0.1:${server.port}: read: connection reset by peer`;
  t.equal(textOf(reset), expected, 'errors name both ends');
  abort.abort();
  t.notOk(socket.destroyed, 'the signal does not matter any more');
  socket.destroy();
  await server.waitForOpen(0);
});

t.test('the source address', async (t) => {
  const server = net.createServer((socket) => socket.end(String(socket.remoteAddress)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const socket = await connectTcp({
    asked: ASKED,
    address: '127.0.0.1',
    port,
    localAddress: '127.0.0.2',
    signal: never,
  });
  t.equal((await socket.setEncoding('utf8').toArray()).join(''), '127.0.0.2');
  await t.rejects(connectTcp({ asked: ASKED, address: '127.0.0.1', port, localAddress: '192.0.2.1', signal: never }), {
    code: 'EADDRNOTAVAIL',
  });
});

t.test('refused', async (t) => {
  const port = Number((await closedPort()).split(':')[1]);
  await t.rejects(connectTcp({ asked: ASKED, address: '127.0.0.1', port, signal: never }), { code: 'ECONNREFUSED' });
});

t.test('aborted', async (t) => {
  const server = await startSilentServer();
  t.teardown(server.close);
  const reason = new Error('time is up');
  await t.rejects(
    connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal: AbortSignal.abort(reason) }),
    reason,
  );
  t.equal(server.open(), 0, 'nothing was opened');
  const abort = new AbortController();
  const connecting = connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal: abort.signal });
  abort.abort(reason);
  await t.rejects(connecting, reason);
  await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal: never }).then((socket) =>
    socket.destroy(),
  );
  await server.waitForOpen(0);
  t.pass('nothing stays open');
});

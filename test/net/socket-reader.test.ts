import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SocketReader } from '../../src/net/socket-reader.js';

/** A connection to a server that does this with it. */
async function connected(t: Test, serve: (socket: Socket) => void): Promise<Socket> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  t.teardown(() => {
    socket.destroy();
    server.close();
  });
  return socket;
}

t.test('an end that came before the reader is not missed', async (t) => {
  const socket = await connected(t, (peer) => peer.end());
  socket.resume();
  await once(socket, 'close');
  t.equal(await new SocketReader(socket, new AbortController().signal).read(), undefined);
});

t.test('an error that came before the reader is told', async (t) => {
  const socket = await connected(t, (peer) => peer.resetAndDestroy());
  await once(socket, 'error').catch(() => undefined);
  await once(socket, 'close');
  await t.rejects(new SocketReader(socket, new AbortController().signal).read(), { code: 'ECONNRESET' });
});

t.test('a reset that comes together with data is an error behind them, and no end', async (t) => {
  const socket = await connected(t, (peer) => {
    peer.once('data', () => {
      peer.write('data');
      peer.resetAndDestroy();
    });
  });
  const reader = new SocketReader(socket, new AbortController().signal);
  socket.write('ask');
  t.same(await reader.read(), Buffer.from('data'));
  await t.rejects(reader.read(), { code: 'ECONNRESET', syscall: 'read' });
});

t.test('an end is one also while data wait to be sent', async (t) => {
  const socket = await connected(t, (peer) => peer.pause().end('data'));
  const reader = new SocketReader(socket, new AbortController().signal);
  await once(socket, 'connect');
  socket.write(Buffer.alloc(32 * 1024 * 1024));
  t.same(await reader.read(), Buffer.from('data'));
  t.equal(await reader.read(), undefined);
});

t.test('the end of a unix socket is no error', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'sonde-reader-')), 'socket');
  const server = createServer((peer) => peer.destroy()).listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const socket = connect(path);
  t.teardown(() => socket.destroy());
  const reader = new SocketReader(socket, new AbortController().signal);
  t.equal(await reader.read(), undefined);
  await once(socket, 'close');
  t.equal(await reader.read(), undefined);
});

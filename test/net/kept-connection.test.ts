import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { KeptConnection, LONGEST_IDLE_SECONDS } from '../../src/net/kept-connection.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { startStreamServer } from '../helpers/servers/stream-server.js';

async function connected(t: Test): Promise<Socket> {
  const { target } = await startStreamServer(t, () => undefined);
  const [host = '', port = ''] = target.split(':');
  const socket = net.connect(Number(port), host);
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket.on('error', () => undefined);
}

t.test('a connection is given once, as it was', async (t) => {
  const place = new KeptConnection(new ManualClock());
  t.equal(place.take(), undefined);
  const socket = await connected(t);
  const listeners = (): readonly number[] =>
    ['data', 'end', 'close', 'error'].map((event) => socket.listenerCount(event));
  const before = listeners();
  place.put(socket);
  t.equal(place.take(), socket);
  t.same(listeners(), before, 'nobody listens any more');
  t.equal(place.take(), undefined);
});

t.test('an idle connection is closed in the end', async (t) => {
  const clock = new ManualClock();
  const place = new KeptConnection(clock);
  const socket = await connected(t);
  place.put(socket);
  clock.advance(LONGEST_IDLE_SECONDS - 1);
  t.equal(place.take(), socket);
  place.put(socket);
  clock.advance(LONGEST_IDLE_SECONDS - 1);
  t.notOk(socket.destroyed, 'its time begins anew');
  clock.advance(1);
  t.ok(socket.destroyed);
  t.equal(place.take(), undefined);
});

t.test('there is room for one, and none once it is closed', async (t) => {
  const place = new KeptConnection(new ManualClock());
  const [first, second] = [await connected(t), await connected(t)];
  place.put(first);
  place.put(second);
  t.same([first.destroyed, second.destroyed], [false, true]);
  place.close();
  t.ok(first.destroyed);
  const third = await connected(t);
  place.put(third);
  t.ok(third.destroyed);
});

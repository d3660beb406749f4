import net from 'node:net';
import { getHeapSpaceStatistics } from 'node:v8';
import t from 'tap';
import { showSocketOptions } from '../../../src/services/prober/warm-up/socket-options.js';

const SOCKETS = 1000;
const MOST_BYTES_EACH = 500;

/** The bytes in use that only a collection of the whole heap can free. */
function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space' || name === 'map_space')
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}

t.test('a socket with options leaves little behind until the whole heap is collected', async (t) => {
  showSocketOptions();
  for (let i = 0; i < SOCKETS; i++) new net.Socket({ allowHalfOpen: true });
  const before = oldBytes();
  for (let i = 0; i < SOCKETS; i++) new net.Socket({ allowHalfOpen: true });
  t.ok(oldBytes() - before < SOCKETS * MOST_BYTES_EACH, `${oldBytes() - before} bytes of ${SOCKETS} sockets`);
});

t.test('where V8 copies options by itself in a good way, it is shown none', async (t) => {
  let made = 0;
  const { Socket } = net;
  t.teardown(() => {
    net.Socket = Socket;
  });
  net.Socket = class extends Socket {
    constructor(options?: net.SocketConstructorOpts) {
      super(options);
      made++;
    }
  };
  showSocketOptions(true);
  t.equal(made, 0);
  showSocketOptions(false);
  t.ok(made > 0);
});

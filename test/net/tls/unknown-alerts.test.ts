import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import t from 'tap';
import { shaken } from '../../helpers/hostile/shaken.js';

const record = (...alert: readonly number[]): Buffer => Buffer.from([21, 3, 3, 0, 2, ...alert]);

const ROWS: readonly (readonly [name: string, said: readonly Buffer[], gives: string | RegExp])[] = [
  ['one that no standard has', [record(2, 199)], 'remote error: tls: alert(199)'],
  ['an octet at a time', [...record(2, 199)].map((octet) => Buffer.of(octet)), 'remote error: tls: alert(199)'],
  ['a warning before it', [record(1, 90), record(2, 1)], 'remote error: tls: alert(1)'],
  ['a grave goodbye', [record(2, 0)], 'EOF'],
  ['one that OpenSSL knows', [record(2, 80)], /SSL alert number 80/],
];

t.test('an alert in place of a hello ends the handshake, whatever it says', async (t) => {
  for (const [name, said, gives] of ROWS) {
    const server = net.createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => {
        for (const each of said) socket.write(each);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    // A server that says it and stays: without it, the handshake would take ten seconds.
    await t.rejects(shaken({ at: (server.address() as AddressInfo).port }), { message: gives }, name);
  }
});

import { once } from 'node:events';
import net from 'node:net';
import process from 'node:process';
import tls from 'node:tls';
import t from 'tap';
import { connectTcp } from '../../../src/net/connect.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { systemClock } from '../../../src/values/clock.js';
import { ASKED } from '../../helpers/services/asked.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';

/** On a machine that is busy a turn of the loop may be over before the chain is judged. */
const MOST_ATTEMPTS = 20;
const APPLICATION_DATA = 23;

/** Passes bytes on to `port`, and keeps what the last client sent, read by read. */
async function startRelay(port: number): Promise<{ server: net.Server; port: number; sent: Buffer[] }> {
  const sent: Buffer[] = [];
  const server = net.createServer((client) => {
    sent.length = 0;
    const upstream = net.connect(port, '127.0.0.1');
    client.on('data', (bytes) => {
      sent.push(bytes);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => client.write(bytes));
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as net.AddressInfo).port, sent };
}

function recordsOf(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes.readUInt8(at));
  return types;
}

t.test('what is said first goes out in one write with the end of the handshake', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const server = await startTlsServer(localhost, { minVersion: 'TLSv1.3' });
  t.teardown(server.close);
  const relay = await startRelay(server.port);
  t.teardown(() => relay.server.close());
  const platform = createTlsPlatform({ clock: systemClock, certFile: '/nonexistent', certDir: '/nonexistent' });
  const client = compileTlsConfig(rawTlsConfig({ ca: authority.cert }), platform);
  const { signal } = new AbortController();
  const secondFlight = async (): Promise<number[]> => {
    const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: relay.port, signal });
    const secured = (await client.handshake(socket, { serverName: 'localhost', signal })).socket;
    secured.on('error', () => undefined);
    await new Promise((resolve) => secured.write('hello', resolve));
    while (relay.sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    secured.destroy();
    return recordsOf(relay.sent[1] ?? Buffer.alloc(0)).filter((type) => type === APPLICATION_DATA);
  };
  const seen: number[] = [];
  for (let attempt = 0; attempt < MOST_ATTEMPTS && !seen.includes(2); attempt++) {
    seen.push((await secondFlight()).length);
  }
  t.ok(seen.includes(2), `Finished and the data, in protected records a write: ${seen.join(' ')}`);
});

t.test('Node has the calls that handshakes take', async (t) => {
  t.type(Reflect.get(process, '_tickCallback'), 'function');
  for (const name of ['_releaseControl', '_start', 'setServername']) {
    t.type(Reflect.get(tls.TLSSocket.prototype, name), 'function', name);
  }
});

import type net from 'node:net';
import t from 'tap';
import { connectTcp } from '../../../src/net/connect.js';
import { SocketReader } from '../../../src/net/socket-reader.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { systemClock } from '../../../src/values/clock.js';
import { ASKED } from '../../helpers/services/asked.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';
import { until } from '../../helpers/until.js';

const platform = createTlsPlatform({ clock: systemClock, certFile: '/nonexistent', certDir: '/nonexistent' });

t.test('an error that comes before anybody reads is there for the reader', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const demanding = { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true, ca: authority.cert } as const;
  const server = await startTlsServer(localhost, demanding);
  t.teardown(server.close);
  const { signal } = new AbortController();
  const client = compileTlsConfig(rawTlsConfig({ ca: authority.cert }), platform);
  const handshake = async (port: number): Promise<net.Socket> => {
    const raw = await connectTcp({ asked: ASKED, address: '127.0.0.1', port, signal });
    return (await client.handshake(raw, { serverName: 'localhost', signal })).socket;
  };
  const refused = await handshake(server.port);
  await until(() => refused.destroyed, 'the alert has come');
  t.match(refused.errored?.message, /SSL alert number 116/);
  await t.rejects(new SocketReader(refused, signal).read(), { message: /SSL alert number 116/ });

  const greeting = await startTlsServer(localhost);
  const talking = await handshake(greeting.port);
  await until(() => talking.readableLength === 5, 'the server has spoken');
  talking.emit('error', new Error('an alert behind it'));
  const reader = new SocketReader(talking, signal);
  t.equal(String(await reader.read()), 'hello');
  const rest = reader.read();
  await greeting.close();
  await t.rejects(rest, { message: 'an alert behind it' });
  talking.destroy();
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import t from 'tap';
import { connectTcp } from '../../src/net/connect.js';
import { CertificateRefused, compileTlsConfig } from '../../src/net/tls-client.js';
import { createTlsPlatform } from '../../src/net/tls-platform.js';
import { systemClock } from '../../src/values/clock.js';
import { makeAuthority, sharedIdentities } from '../helpers/certificates.js';
import { rawTlsConfig } from '../helpers/tls-config.js';

/** What a server hears of a client that does not trust it. */
async function heard(options: tls.TlsOptions, config: { ca: string; insecure_skip_verify?: boolean }): Promise<string> {
  const { localhost } = await sharedIdentities();
  const server = tls.createServer({ ...options, key: localhost.key, cert: localhost.cert });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const word = new Promise<string>((resolve) => {
    server.once('secureConnection', (socket) => {
      socket.on('error', (error: Error) => resolve(error.message));
      socket.on('end', () => resolve('end'));
      socket.resume();
    });
    server.once('tlsClientError', (error: Error) => resolve(error.message));
  });
  const signal = new AbortController().signal;
  const socket = await connectTcp({ address: '127.0.0.1', port: (server.address() as AddressInfo).port, signal });
  const client = compileTlsConfig(rawTlsConfig(config), createTlsPlatform({ clock: systemClock }));
  try {
    const connection = await client.handshake(socket, { serverName: 'localhost', signal });
    connection.socket.end();
  } catch (error) {
    if (!(error instanceof CertificateRefused)) throw error;
    if (!socket.destroyed) throw new Error('the connection is still open', { cause: error });
  }
  const text = await word;
  server.close();
  return text;
}

t.test('a server whose certificate is refused is told so', async (t) => {
  const stranger = (await makeAuthority({ subject: 'CN=stranger' })).cert;
  const { authority } = await sharedIdentities();
  for (const ciphers of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
    t.match(await heard({ ciphers }, { ca: stranger }), /alert bad certificate/, ciphers);
  }
  t.equal(await heard({ maxVersion: 'TLSv1.2' }, { ca: stranger }), 'end', 'TLS 1.2: closed');
  t.equal(await heard({}, { ca: authority.cert }), 'end', 'one that verifies hears nothing of it');
  t.equal(await heard({}, { ca: stranger, insecure_skip_verify: true }), 'end', 'nor one that nobody verifies');
});

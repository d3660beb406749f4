import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import t from 'tap';
import { connectTcp } from '../../src/net/connect.js';
import { CertificateRefused, compileTlsConfig } from '../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../src/net/tls/tls-platform.js';
import { systemClock } from '../../src/values/clock.js';
import type { RawTlsConfig } from '../../src/values/raw-config.js';
import { ASKED } from '../helpers/services/asked.js';
import { makeAuthority, sharedIdentities } from '../helpers/tls/certificates.js';
import { rawTlsConfig } from '../helpers/tls/tls-config.js';
import { startTls12Server } from '../helpers/tls/tls12-server.js';

const TLS12_SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384',
];

/** What a server hears of a client that does not trust it. */
async function heard(options: tls.TlsOptions, config: Partial<RawTlsConfig>): Promise<string> {
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
  const socket = await connectTcp({
    asked: ASKED,
    address: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    signal,
  });
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
  for (const ciphers of TLS12_SUITES) {
    for (const secureOptions of [0, constants.SSL_OP_NO_ENCRYPT_THEN_MAC]) {
      const options = { ciphers, secureOptions, maxVersion: 'TLSv1.2' } as const;
      t.match(await heard(options, { ca: stranger }), /alert bad certificate/, `${ciphers}, ${secureOptions}`);
    }
  }
  const old = { ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.1' } as const;
  const allowed = { ca: stranger, min_version: 'TLS10', max_version: 'TLS11' } as const;
  t.equal(await heard({ ...old, minVersion: 'TLSv1' }, allowed), 'end', 'TLS 1.1: closed');
  t.equal(await heard({}, { ca: authority.cert }), 'end', 'one that verifies hears nothing of it');
  t.equal(await heard({}, { ca: stranger, insecure_skip_verify: true }), 'end', 'nor one that nobody verifies');
});

t.test('a server without secure renegotiation is spoken to, as upstream does', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const server = await startTls12Server(t, localhost);
  const signal = new AbortController().signal;
  const client = compileTlsConfig(rawTlsConfig({ ca: authority.cert }), createTlsPlatform({ clock: systemClock }));
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
  const { facts, socket: secured } = await client.handshake(socket, { serverName: 'localhost', signal });
  t.match(facts, { verified: true, version: 'TLS 1.2', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' });
  t.ok(server.finished());
  secured.destroy();
});

t.test('certificates that OpenSSL cannot read are called so in the words of Go', async (t) => {
  const { localhost } = await sharedIdentities();
  const signal = new AbortController().signal;
  const client = compileTlsConfig(
    rawTlsConfig({ insecure_skip_verify: true }),
    createTlsPlatform({ clock: systemClock }),
  );
  for (const bytes of [Buffer.from('garbage'), Buffer.from('3003020101', 'hex'), Buffer.alloc(16_000, 0x30)]) {
    const server = await startTls12Server(t, localhost, { certificate: bytes });
    const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
    await t.rejects(client.handshake(socket, { serverName: 'localhost', signal }), {
      reason: 'tls_certificate_invalid',
      message: /^tls: failed to parse certificate from server: x509: malformed /,
    });
  }
});

import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls, { type SecureVersion } from 'node:tls';
import t, { type Test } from 'tap';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';

const MODULE = `prober: http
http:
  preferred_ip_protocol: ip4
  enable_http2: false
  tls_config: { insecure_skip_verify: true }`;

const HEAD = 'HTTP/1.1 200 OK\r\n\r\n';
/** One record, by whose length it is known on the wire. */
const REST = 'x'.repeat(15_000);

/** Writes and resets in one turn of the loop, so that both are there when the other side looks. */
function writeAndReset(socket: net.Socket, bytes: string | Buffer): void {
  socket.write(bytes);
  socket.resetAndDestroy();
}

async function startSite(t: Test, version: SecureVersion, onAsked: () => void): Promise<number> {
  const options = { ...(await makeSelfSigned()), minVersion: version, maxVersion: version };
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      onAsked();
      socket.write(HEAD + REST);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test('a body that a reset ends is not whole, also where both come at once', async (t) => {
  const { target } = await startStreamServer(t, (client) => {
    client.once('data', () => writeAndReset(client, `${HEAD}hello`));
  });
  const { verdict } = await probe(MODULE, `http://${target}/`);
  t.equal(verdict, 'transfer/connection_reset');
});

t.test('nor is one over TLS', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    let isAsked = false;
    const port = await startSite(t, version, () => (isAsked = true));
    const relay = await startStreamServer(t, (client) => {
      const server = net.connect(port, '127.0.0.1');
      for (const socket of [client, server]) socket.on('error', () => socket.destroy());
      client.on('close', () => server.destroy());
      client.pipe(server, { end: false });
      let held = Buffer.alloc(0);
      server.on('data', (chunk) => {
        if (isAsked) held = Buffer.concat([held, chunk]);
        else client.write(chunk);
        if (held.length > REST.length) writeAndReset(client, held);
      });
    });
    const { verdict } = await probe(MODULE, `https://${relay.target}/`);
    t.equal(verdict, 'transfer/connection_reset', version);
  }
});

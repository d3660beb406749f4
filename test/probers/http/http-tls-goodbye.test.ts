import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';

const MODULE = `prober: http
http:
  preferred_ip_protocol: ip4
  enable_http2: false
  tls_config: { insecure_skip_verify: true }`;

/** How often to look: on a machine that stalls, what came at once is read in two turns. */
const LOOKS = 10;

/** The verdict of a probe over TLS, and how many bytes it sent after its request. */
async function goodbyeOf(t: Test, version: tls.SecureVersion, identity: tls.TlsOptions) {
  let isAsked = false;
  const server = tls.createServer({ ...identity, minVersion: version, maxVersion: version }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      isAsked = true;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  let sentAfterwards = 0;
  let onClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => (onClosed = resolve));
  const relay = await startStreamServer(t, (client) => {
    const upstream = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    const held: Buffer[] = [];
    client.on('data', (chunk: Buffer) => {
      if (held.length > 0) sentAfterwards += chunk.length;
      else upstream.write(chunk);
    });
    client.on('close', onClosed);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    // The server answers in several pieces: they go out as one.
    upstream.on('data', (chunk) => (isAsked ? held.push(chunk) : client.write(chunk)));
    upstream.on('end', () => client.write(Buffer.concat(held)));
  });
  const { verdict } = await probe(MODULE, `https://${relay.target}/`);
  await closed;
  return { verdict, sentAfterwards };
}

t.test('an answer that comes at once with the goodbye behind it is answered by nothing', async (t) => {
  const identity = await makeSelfSigned();
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const sent: number[] = [];
    while (sent.length < LOOKS && sent.at(-1) !== 0) {
      const { verdict, sentAfterwards } = await goodbyeOf(t, version, identity);
      t.equal(verdict, 'ok', version);
      sent.push(sentAfterwards);
    }
    t.equal(sent.at(-1), 0, `${version}: bytes that each probe sent after its request: ${sent.join(', ')}`);
  }
});

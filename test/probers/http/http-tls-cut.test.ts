import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls, { type SecureVersion } from 'node:tls';
import t, { type Test } from 'tap';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';

const identity = await makeSelfSigned();
const MODULE = `prober: http
http:
  preferred_ip_protocol: ip4
  enable_http2: false
  tls_config: { insecure_skip_verify: true }`;

const HEAD = 'HTTP/1.1 200 OK\r\n\r\n';
/** One record, by whose length it is known on the wire. */
const REST = 'x'.repeat(15_000);

interface Cut {
  readonly name: string;
  /** How many bytes of the wire are left out before the end; -1: the server itself ends, with a goodbye. */
  readonly bytes: number;
  readonly verdict: string;
}

const CUTS: readonly Cut[] = [
  { name: 'between two records', bytes: 0, verdict: 'ok' },
  { name: 'a byte before the end of a record', bytes: 1, verdict: 'transfer/body_truncated' },
  { name: 'in the middle of a record', bytes: 2000, verdict: 'transfer/body_truncated' },
  { name: 'behind the head of a record', bytes: 15_010, verdict: 'transfer/body_truncated' },
  { name: 'after a goodbye', bytes: -1, verdict: 'ok' },
];

/** Answers with a body that the end of the connection ends, which is the server's doing where it says goodbye. */
async function startSite(t: Test, version: SecureVersion, saysGoodbye: boolean): Promise<number> {
  const options = { ...identity, minVersion: version, maxVersion: version };
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(HEAD);
      if (saysGoodbye) socket.end(REST);
      else socket.write(REST);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test('a connection that ends within a record of TLS has not brought the whole body', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const { name, bytes, verdict } of CUTS) {
      const port = await startSite(t, version, bytes < 0);
      const relay = await startStreamServer(t, (client) => {
        const server = net.connect(port, '127.0.0.1');
        server.on('error', () => client.destroy());
        client.on('error', () => server.destroy());
        client.on('close', () => server.destroy());
        client.pipe(server);
        server.on('end', () => client.end());
        server.on('data', (chunk) => {
          if (bytes < 0 || chunk.length < REST.length) client.write(chunk);
          else client.end(chunk.subarray(0, chunk.length - bytes));
        });
      });
      const probed = await probe(MODULE, `https://${relay.target}/`);
      t.equal(probed.verdict, verdict, `${version}: ${name}`);
    }
  }
});

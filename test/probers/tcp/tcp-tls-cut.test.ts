import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls, { type SecureVersion } from 'node:tls';
import t, { type Test } from 'tap';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';

const identity = await makeSelfSigned();
const MODULE = `prober: tcp
tcp:
  preferred_ip_protocol: ip4
  tls: true
  tls_config: { insecure_skip_verify: true }
  query_response: [{ expect: ^220 }]`;

/** One record, by whose length it is known on the wire. */
const BANNER = `554 ${'x'.repeat(15_000)}\n`;

interface Cut {
  readonly name: string;
  /** How many bytes of the wire are left out before the end. */
  readonly bytes: number;
  readonly verdict: string;
  readonly dueToRegex: number;
}

const CUTS: readonly Cut[] = [
  { name: 'behind a record', bytes: 0, verdict: 'dialogue/response_mismatch', dueToRegex: 1 },
  { name: 'a byte before the end of a record', bytes: 1, verdict: 'dialogue/connection_closed', dueToRegex: 0 },
  { name: 'in the middle of a record', bytes: 2000, verdict: 'dialogue/connection_closed', dueToRegex: 0 },
];

async function startGreeter(t: Test, version: SecureVersion): Promise<number> {
  const options = { ...identity, minVersion: version, maxVersion: version };
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(BANNER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Where the record with the banner begins, or the first record that has not come as a whole. */
function startOfBanner(wire: Buffer): number {
  let at = 0;
  while (at + 5 <= wire.length && wire.readUInt16BE(at + 3) < BANNER.length) {
    const end = at + 5 + wire.readUInt16BE(at + 3);
    if (end > wire.length) break;
    at = end;
  }
  return at;
}

/** Where that record ends, once all of it has come. */
function endOfBanner(wire: Buffer): number | undefined {
  const start = startOfBanner(wire);
  if (start + 5 > wire.length) return undefined;
  const length = wire.readUInt16BE(start + 3);
  return length >= BANNER.length && start + 5 + length <= wire.length ? start + 5 + length : undefined;
}

t.test('a connection that ends within a record of TLS has not brought a line that does not match', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const port = await startGreeter(t, version);
    for (const { name, bytes, verdict, dueToRegex } of CUTS) {
      const relay = await startStreamServer(t, (client) => {
        const server = net.connect(port, '127.0.0.1');
        let held = Buffer.alloc(0);
        let sent = 0;
        server.on('error', () => client.destroy());
        client.on('error', () => server.destroy());
        client.on('close', () => server.destroy());
        client.pipe(server);
        server.on('data', (chunk: Buffer) => {
          held = Buffer.concat([held, chunk]);
          const end = endOfBanner(held);
          // The banner is passed on as a whole, up to the cut.
          const upTo = end === undefined ? startOfBanner(held) : end - bytes;
          client.write(held.subarray(sent, upTo));
          sent = Math.max(sent, upTo);
          if (end !== undefined) client.end();
        });
      });
      const probed = await probe(MODULE, relay.target);
      t.equal(probed.verdict, verdict, `${version}: ${name}`);
      t.equal(probed.metrics['probe_failed_due_to_regex'], dueToRegex, `${version}: ${name}: due to the pattern`);
    }
  }
});

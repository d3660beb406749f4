import { once } from 'node:events';
import tls from 'node:tls';
import t from 'tap';
import { PresentedChains } from '../../src/net/presented-chain.js';
import { makeAuthority, makeSelfSigned } from '../helpers/certificates.js';
import type { Identity } from '../helpers/certificates.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { startTlsServer } from '../helpers/tls-server.js';

/** A connection as Node makes it, its calls that show a whole chain counted. */
async function connect(
  port: number,
): Promise<{ socket: tls.TLSSocket; takes: () => number; legacyReads: () => number }> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost' });
  await once(socket, 'secureConnect');
  let takes = 0;
  let legacyReads = 0;
  const take = socket.getPeerX509Certificate.bind(socket);
  const read = socket.getPeerCertificate.bind(socket);
  const counted = {
    getPeerX509Certificate: () => {
      takes++;
      return take();
    },
    getPeerCertificate: (detailed: true) => {
      legacyReads++;
      return read(detailed);
    },
  };
  return { socket: Object.assign(socket, counted), takes: () => takes, legacyReads: () => legacyReads };
}

t.test('everything that was sent, in its order', async (t) => {
  const root = await makeAuthority();
  const middle = await root.issueAuthority();
  const leaf = await middle.issue();
  const stray = await makeSelfSigned();
  const server = await startTlsServer(leaf, { others: [stray, middle, root] });
  t.teardown(server.close);
  const chains = new PresentedChains(new ManualClock());
  const first = await connect(server.port);
  const chain = chains.read(first.socket);
  t.same(
    [chain?.leaf.der, ...(chain?.others ?? []).map(({ der }) => der)],
    [leaf, stray, middle, root].map(({ der }) => der),
  );
  first.socket.destroy();
  t.equal(first.takes(), 1);

  const second = await connect(server.port);
  t.equal(chains.read(second.socket), chain, 'the same object for the same chain');
  t.same([second.takes(), second.legacyReads()], [0, 0], 'found without the expensive calls, one of which leaks');
  second.socket.destroy();
});

t.test('the leaking call is rationed', async (t) => {
  const root = await makeAuthority({ subject: 'CN=root' });
  const middle = await root.issueAuthority();
  const stray = await makeSelfSigned();
  const clock = new ManualClock();
  const chains = new PresentedChains(clock, 1);
  const leaves = await Promise.all(Array.from({ length: 3 }, () => middle.issue()));
  const [one, two, three] = leaves as [Identity, Identity, Identity];
  const server = await startTlsServer(one, { others: [stray, middle] });
  t.teardown(server.close);
  const others = async (): Promise<number | undefined> => {
    const { socket } = await connect(server.port);
    const chain = chains.read(socket);
    socket.destroy();
    return chain?.others.length;
  };
  t.equal(await others(), 2, 'everything');
  server.present(two, [stray, middle]);
  t.equal(await others(), 1, 'then only the path is seen, not what lies beside it');
  clock.advance(60);
  server.present(three, [stray, middle]);
  t.equal(await others(), 2, 'a minute later one more chain can be read');
});

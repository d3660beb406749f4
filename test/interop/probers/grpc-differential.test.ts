import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { readExposition } from '../../helpers/exposition.js';
import {
  findBlackboxExporter,
  isCurrent,
  NO_PEER,
  type Peer,
  REPOSITORY,
  startBlackboxExporter,
} from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type GrpcCallSeen, startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { probe } from '../../helpers/services/probe.js';
import { compareFamilies, type Deviation } from '../deviation.js';
import { KnownDifferences } from '../known-differences.js';
import { type Identity, type IdentityName, makeIdentities } from '../tls/identities.js';
import { GRPC_CASES, type GrpcCase, type GrpcOrigin } from './grpc-cases.js';
import { GRPC_DIFFERENCES } from './grpc-differences.js';

const peer = findBlackboxExporter();
if (peer === undefined || !isCurrent(peer)) {
  t.test('gRPC probes against blackbox_exporter', { skip: NO_PEER }, () => undefined);
} else
  t.test(`gRPC probes against blackbox_exporter ${peer.version}`, { timeout: 300_000 }, (t) => compareAll(t, peer));

t.test('every difference has its row in the docs', (t) => {
  const docs = readFileSync(join(REPOSITORY, 'docs/probers/grpc.md'), 'utf8');
  for (const { title } of Object.values(GRPC_DIFFERENCES)) t.ok(docs.includes(title), title);
  t.end();
});

interface Started {
  readonly port: number;
  readonly calls: readonly GrpcCallSeen[];
}

async function compareAll(t: Test, peer: Peer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-grpc-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const identities = await makeIdentities();
  writeFileSync(join(folder, 'ca.pem'), identities.authority.cert);
  writeFileSync(join(folder, 'client.pem'), identities.client.cert);
  writeFileSync(join(folder, 'client.key'), identities.client.key);
  const modules = Object.fromEntries(GRPC_CASES.map((row, index) => [`case${index}`, moduleOf(row, folder)]));
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules }));
  const service = await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder);
  t.teardown(() => service.stop());
  const dead = await deadPort();
  const known = new KnownDifferences(GRPC_DIFFERENCES);
  for (const [index, row] of GRPC_CASES.entries()) {
    const look = async (): Promise<readonly Deviation[]> => {
      const server = await startOrigin(t, row.origin ?? { kind: 'grpc' }, identities);
      const target = (row.target ?? '127.0.0.1:@0').replace('@0', String(server.port)).replace('@dead', String(dead));
      const query = new URLSearchParams({ module: `case${index}`, target });
      const answer = await httpGet(service.address, `/probe?${query.toString()}`, {
        signal: AbortSignal.timeout(30_000),
      });
      const ours = await probe(JSON.stringify(moduleOf(row, folder)), target);
      const deviations = compareFamilies(
        readExposition(answer.text),
        readExposition(writeMetricSet(ours.outcome.metrics)),
      );
      return [...deviations, ...compareCalls(server.calls)];
    };
    await known.compare(t, row, look);
  }
}

/** Files of tls_config are looked for where the program runs, which is another place for the two. */
function moduleOf({ grpc = {} }: GrpcCase, folder: string): unknown {
  if (grpc === 'none') return { prober: 'grpc' };
  const text = JSON.stringify(grpc).replace(/"(ca|client|nope)\.(pem|key)"/g, (_all, name: string, suffix: string) =>
    JSON.stringify(join(folder, `${name}.${suffix}`)),
  );
  return { prober: 'grpc', grpc: JSON.parse(text) as unknown };
}

async function startOrigin(
  t: Test,
  origin: GrpcOrigin,
  identities: Readonly<Record<IdentityName, Identity>>,
): Promise<Started> {
  if (origin.kind === 'bytes') return startBytes(t, origin);
  const { identity, clientCertificate, ...options } = origin;
  const clientCa = clientCertificate === undefined ? undefined : { clientCa: identities.authority.cert };
  const tls = identity === undefined ? undefined : { tls: { ...identities[identity], ...clientCa } };
  const server = await startGrpcServer({ ...options, ...tls });
  t.teardown(server.close);
  return server;
}

async function startBytes(t: Test, { bytes, then }: Extract<GrpcOrigin, { kind: 'bytes' }>): Promise<Started> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // Until the request is there: what comes before it would be of no stream.
    let received = 0;
    socket.on('data', (chunk) => {
      const before = received;
      received += chunk.length;
      if (before === 0) socket.write(bytes.subarray(0, 9));
      if (before < REQUEST_BYTES && received >= REQUEST_BYTES) {
        socket.write(bytes.subarray(9));
        if (then === 'close') socket.end();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, calls: [] };
}

/** More than a client sends before it has the server's settings, less than it has sent with its request. */
const REQUEST_BYTES = 120;

/** Both programs make one call, and it has to be the same. */
function compareCalls(calls: readonly GrpcCallSeen[]): readonly Deviation[] {
  const [theirs = '', ours = ''] = calls.map(({ metadata: { 'user-agent': _, ...metadata }, ...call }) =>
    JSON.stringify({ ...call, metadata: Object.entries(metadata).sort() }),
  );
  return theirs === ours || calls.length < 2
    ? []
    : [{ kind: 'other requests', what: 'call', peer: theirs, sonde: ours }];
}

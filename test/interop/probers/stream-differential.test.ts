import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
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
import { httpGet } from '../../helpers/services/http-get.js';
import { probe } from '../../helpers/services/probe.js';
import { overTls, startTls } from '../../helpers/tls/starttls-server.js';
import { compareFamilies, type Deviation } from '../deviation.js';
import { KnownDifferences } from '../known-differences.js';
import { type Identity, type IdentityName, makeIdentities } from '../tls/identities.js';
import { STREAM_CASES, type StreamCase, type StreamReply } from './stream-cases.js';
import { STREAM_DIFFERENCES } from './stream-differences.js';

const peer = findBlackboxExporter();
if (peer === undefined || !isCurrent(peer)) {
  t.test('tcp and unix probes against blackbox_exporter', { skip: NO_PEER }, () => undefined);
} else
  t.test(`tcp and unix probes against blackbox_exporter ${peer.version}`, { timeout: 300_000 }, (t) =>
    compareAll(t, peer),
  );
t.setTimeout(500_000);

t.test('every difference has its row in the docs', (t) => {
  const docs = readFileSync(join(REPOSITORY, 'docs/probers/tcp.md'), 'utf8');
  for (const { title } of Object.values(STREAM_DIFFERENCES)) t.ok(docs.includes(title), title);
  t.end();
});

type Identities = Readonly<Record<IdentityName, Identity>>;

async function compareAll(t: Test, peer: Peer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-stream-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const identities = await makeIdentities();
  writeFileSync(join(folder, 'ca.pem'), identities.authority.cert);
  const modules = Object.fromEntries(
    STREAM_CASES.flatMap((row, index) =>
      TIMEOUTS_SECONDS.map((seconds) => [`case${index}-${seconds}`, moduleOf(row, folder, seconds)]),
    ),
  );
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules }));
  const service = await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder);
  t.teardown(() => service.stop());
  const dead = await deadPort();
  const waiting = [...STREAM_CASES.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, row] = next;
      const place = { folder, identities, dead, address: service.address, name: `case${index}` };
      KNOWN.judge(t, row, await compareInTime(t, row, place));
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
}

interface Place {
  readonly folder: string;
  readonly identities: Identities;
  readonly dead: number;
  /** Where the peer listens. */
  readonly address: string;
  /** Name of the module. */
  readonly name: string;
}

/** A slow machine makes time-outs of what has an answer: what deviates is compared again, with more time. */
async function compareInTime(t: Test, row: StreamCase, place: Place): Promise<readonly Deviation[]> {
  let found: readonly Deviation[] = [];
  for (const seconds of TIMEOUTS_SECONDS) {
    found = await compareCase(t, row, { ...place, name: `${place.name}-${seconds}`, seconds });
    if (KNOWN.isAsKnown(row, found)) break;
  }
  return found;
}

async function compareCase(
  t: Test,
  row: StreamCase,
  place: Place & { readonly seconds: number },
): Promise<readonly Deviation[]> {
  const { folder, identities, dead, address, name, seconds } = place;
  const server = await startServer(t, row, { identities, path: join(folder, `${name}.sock`) });
  const fallback = row.prober === 'unix' ? server.where : `127.0.0.1:${server.where}`;
  const target = (row.target ?? fallback).replace('@0', server.where).replace('@dead', String(dead));
  const hostname = row.hostname === undefined ? {} : { hostname: row.hostname };
  const query = new URLSearchParams({ module: name, target, ...hostname });
  const answer = await httpGet(address, `/probe?${query.toString()}`, { signal: AbortSignal.timeout(30_000) });
  const theirs = await server.takeReceived();
  const ours = await probe(JSON.stringify(moduleOf(row, folder, seconds)), target, {
    ...hostname,
    timeoutSeconds: seconds,
  });
  const sent = await server.takeReceived();
  const requests: Deviation = { kind: 'other requests', what: 'bytes', peer: theirs, sonde: sent };
  const ourText = writeMetricSet(ours.outcome.metrics);
  const found = compareFamilies(readExposition(answer.text), readExposition(ourText));
  return row.identity === undefined && row.block?.['tls'] !== true && theirs !== sent && !HANDSHAKES.test(row.name)
    ? [...found, requests]
    : found;
}

/** What is sent in a handshake is random. */
const HANDSHAKES = /^STARTTLS/;

const TIMEOUTS_SECONDS = [0.7, 3, 10] as const;

const KNOWN = new KnownDifferences(STREAM_DIFFERENCES);

/** Files of tls_config are looked for where the program runs, which is another place for the two. */
function moduleOf({ prober = 'tcp', block = {} }: StreamCase, folder: string, seconds: number): unknown {
  const text = JSON.stringify(block).replace(/"(\w+\.pem)"/g, (_all, name: string) =>
    JSON.stringify(join(folder, name)),
  );
  return { prober, timeout: `${seconds * 1000}ms`, [prober]: JSON.parse(text) as unknown };
}

/** Each of 5 ms. */
const TURNS_TO_ACCEPT = 100;

const passTime = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

interface Started {
  /** The port, or the path. */
  readonly where: string;
  /** What the last connection brought, once it is over. */
  readonly takeReceived: () => Promise<string>;
}

async function startServer(
  t: Test,
  row: StreamCase,
  { identities, path }: { readonly identities: Identities; readonly path: string },
): Promise<Started> {
  const open = new Set<Socket>();
  let chunks: Buffer[] = [];
  let accepted = 0;
  const script = scriptOf(row, identities);
  // A server that ends still listens to what it is told, unless it speaks TLS.
  const server = net.createServer({ allowHalfOpen: row.identity === undefined }, (socket) => {
    accepted += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => chunks.push(chunk));
    script(socket);
  });
  if (row.prober === 'unix') server.listen(path);
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    where: row.prober === 'unix' ? path : String((server.address() as AddressInfo).port),
    takeReceived: async () => {
      // A probe that only sends may be over before its connection is accepted; some rows never connect.
      for (let turn = 0; accepted === 0 && turn < TURNS_TO_ACCEPT; turn++) await passTime();
      while (open.size > 0) await passTime();
      const received = Buffer.concat(chunks).toString('latin1');
      chunks = [];
      accepted = 0;
      return received;
    },
  };
}

function scriptOf(
  { script = () => undefined, identity, startTls: later }: StreamCase,
  identities: Identities,
): StreamReply {
  if (identity === undefined) return script;
  const secured = { options: identities[identity], secure: script };
  return later === undefined ? overTls(secured) : startTls('220 hello\r\n', '220 go\r\n', secured);
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { readExposition } from '../../helpers/exposition.js';
import { noIcmp } from '../../helpers/icmp-support.js';
import {
  findBlackboxExporter,
  isCurrent,
  NO_PEER,
  type Peer,
  REPOSITORY,
  startBlackboxExporter,
} from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { probe } from '../../helpers/services/probe.js';
import { compareFamilies, type Deviation } from '../deviation.js';
import { EXPECTED_DIFFERENCES, type ExpectedDifference } from '../expected-differences.js';
import { KnownDifferences } from '../known-differences.js';

/** In what the icmp prober is meant to differ from upstream's; docs/probers/icmp.md has a row for each title. */
const DIFFERENCES = {
  failure_info: EXPECTED_DIFFERENCES.failure_info,
  failed_phase_duration: EXPECTED_DIFFERENCES.failed_phase_duration,
  newer: {
    title: 'The timeout is a metric',
    reason: 'probe_timeout_seconds came after upstream 0.28',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_timeout_seconds',
  },
  zone: {
    title: 'Addresses with a zone can be probed',
    reason: 'upstream takes no reply for them',
    covers: ({ what }) => /^probe_(success|icmp_)/.test(what),
  },
  dont_fragment6: {
    title: 'dont_fragment counts for IPv6 too',
    reason: 'upstream ignores it there',
    covers: ({ what }) => /^probe_(success|icmp_)/.test(what),
  },
} as const satisfies Record<string, ExpectedDifference>;

interface Case {
  readonly name: string;
  readonly icmp?: Readonly<Record<string, unknown>>;
  readonly target: string;
  /** 5 where absent: what is answered is answered at once. */
  readonly timeoutSeconds?: number;
  readonly differs?: readonly (keyof typeof DIFFERENCES)[];
}

const IP4 = { preferred_ip_protocol: 'ip4' };
const SHORT = { timeoutSeconds: 1 };

const CASES: readonly Case[] = [
  { name: 'IPv4', target: '127.0.0.1' },
  { name: 'IPv6', target: '::1' },
  { name: 'another address of the loopback', target: '127.9.9.9' },
  { name: 'an IPv4-mapped address', target: '::ffff:127.0.0.1' },
  { name: 'a name', icmp: IP4, target: 'localhost' },
  { name: 'no such name', target: 'nope.invalid' },
  { name: 'the wrong family', icmp: { ...IP4, ip_protocol_fallback: false }, target: '::1' },
  { name: 'the other family', icmp: IP4, target: '::1' },
  { name: 'a port', target: '127.0.0.1:80' },
  { name: 'brackets', target: '[::1]' },
  { name: 'a URL', target: 'http://127.0.0.1/' },
  { name: 'payload of 1', icmp: { payload_size: 1 }, target: '127.0.0.1' },
  { name: 'payload of 28', icmp: { payload_size: 28 }, target: '::1' },
  { name: 'payload of 1473', icmp: { payload_size: 1473 }, target: '127.0.0.1' },
  { name: 'payload of 60000', icmp: { payload_size: 60_000 }, target: '127.0.0.1' },
  { name: 'payload of 60000, IPv6', icmp: { payload_size: 60_000 }, target: '::1' },
  { name: 'payload that fits no packet', icmp: { payload_size: 70_000 }, target: '127.0.0.1' },
  { name: 'payload that fits no packet, IPv6', icmp: { payload_size: 70_000 }, target: '::1' },
  { name: 'DF', icmp: { dont_fragment: true }, target: '127.0.0.1' },
  { name: 'DF and a large payload', icmp: { dont_fragment: true, payload_size: 60_000 }, target: '127.0.0.1' },
  { name: 'DF, too large', icmp: { dont_fragment: true, payload_size: 65_509 }, target: '127.0.0.1' },
  { name: 'DF, IPv6', icmp: { dont_fragment: true }, target: '::1' },
  {
    name: 'DF, IPv6, too large for the loopback',
    icmp: { dont_fragment: true, payload_size: 65_507 },
    target: '::1',
    differs: ['dont_fragment6'],
  },
  { name: 'TTL 1', icmp: { ttl: 1 }, target: '127.0.0.1' },
  { name: 'TTL 255', icmp: { ttl: 255 }, target: '::1' },
  { name: 'TTL 0', icmp: { ttl: 0 }, target: '127.0.0.1' },
  { name: 'source', icmp: { source_ip_address: '127.0.0.1' }, target: '127.0.0.2' },
  { name: 'source, IPv6', icmp: { source_ip_address: '::1' }, target: '::1' },
  { name: 'source and DF', icmp: { source_ip_address: '127.0.0.1', dont_fragment: true }, target: '127.0.0.2' },
  { name: 'source that is none of ours', icmp: { source_ip_address: '192.0.2.1' }, target: '127.0.0.1' },
  { name: 'source of the other family', icmp: { source_ip_address: '::1' }, target: '127.0.0.1' },
  { name: 'source that is no address', icmp: { source_ip_address: 'localhost' }, target: '127.0.0.1' },
  { name: 'silence', target: '0.0.0.0', ...SHORT },
  { name: 'silence, IPv6', target: '::', ...SHORT },
  { name: 'broadcast', target: '127.255.255.255', ...SHORT },
  { name: 'a zone', target: '::1%lo', ...SHORT, differs: ['zone'] },
];

const peer = findBlackboxExporter();
const skip = peer === undefined || !isCurrent(peer) ? NO_PEER : noIcmp();
t.test('ICMP probes against blackbox_exporter', { skip, timeout: 300_000 }, async (t) => {
  if (peer !== undefined) await compareAll(t, peer);
});

t.test('every difference has its row in the docs', (t) => {
  const docs = readFileSync(join(REPOSITORY, 'docs/probers/icmp.md'), 'utf8');
  for (const { title } of Object.values(DIFFERENCES)) t.ok(docs.includes(title), title);
  t.end();
});

async function compareAll(t: Test, peer: Peer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-icmp-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const modules = CASES.map(({ icmp = {} }, index) => [`case${index}`, { prober: 'icmp', icmp }] as const);
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules: Object.fromEntries(modules) }));
  const service = await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder);
  t.teardown(() => service.stop());
  const known = new KnownDifferences(DIFFERENCES);
  for (const [index, row] of CASES.entries())
    await known.compare(t, row, () => look(row, { address: service.address, module: `case${index}` }));
}

async function look(
  { icmp = {}, target, timeoutSeconds = 5 }: Case,
  theirs: { readonly address: string; readonly module: string },
): Promise<readonly Deviation[]> {
  const query = new URLSearchParams({ module: theirs.module, target });
  const answer = await httpGet(theirs.address, `/probe?${query.toString()}`, {
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': String(timeoutSeconds) },
  });
  const ours = await probe(JSON.stringify({ prober: 'icmp', icmp }), target, { timeoutSeconds: timeoutSeconds - 0.5 });
  return compareFamilies(readExposition(answer.text), readExposition(writeMetricSet(ours.outcome.metrics)));
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { A_RECORD, questionOf, wireRecord, wireReply } from '../../helpers/servers/dns-bytes.js';
import { type ScriptedDns, startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { probe } from '../../helpers/services/probe.js';
import type { GoldenRecord } from '../../probers/dns/golden-record.js';
import { compareFamilies, type Deviation } from '../deviation.js';
import { KnownDifferences } from '../known-differences.js';
import { makeIdentities } from '../tls/identities.js';
import type { DnsCase } from './dns-case.js';
import { DNS_CASES } from './dns-cases.js';
import { DNS_DIFFERENCES } from './dns-differences.js';

const peer = findBlackboxExporter();
if (peer === undefined || !isCurrent(peer)) {
  t.test('DNS probes against blackbox_exporter', { skip: NO_PEER }, () => undefined);
} else {
  t.test(`DNS probes against blackbox_exporter ${peer.version}`, { timeout: 300_000 }, (t) => compareAll(t, peer));
  t.test(`texts of records by blackbox_exporter ${peer.version}`, { timeout: 300_000 }, (t) => compareTexts(t, peer));
}

t.test('every difference has its row in the docs', (t) => {
  const docs = readFileSync(join(REPOSITORY, 'docs/probers/dns.md'), 'utf8');
  for (const { title } of Object.values(DNS_DIFFERENCES)) t.ok(docs.includes(title), title);
  t.end();
});

function workingFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-dns-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

async function compareAll(t: Test, peer: Peer): Promise<void> {
  const folder = workingFolder(t);
  const identities = await makeIdentities();
  writeFileSync(join(folder, 'ca.pem'), identities.authority.cert);
  const modules = Object.fromEntries(DNS_CASES.map((row, index) => [`case${index}`, moduleOf(row, folder)]));
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules }));
  const service = await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder);
  t.teardown(() => service.stop());
  const dead = await deadPort();
  const known = new KnownDifferences(DNS_DIFFERENCES);
  for (const [index, row] of DNS_CASES.entries()) {
    const look = async (): Promise<readonly Deviation[]> => {
      const { identity, script = (query: Buffer) => [wireReply(query, { answer: [A_RECORD] })] } = row;
      const tls = identity === undefined ? {} : { tls: identities[identity] };
      const server = await startScriptedDns(t, script, tls);
      const target = (row.target ?? '127.0.0.1:@0').replace('@0', String(server.port)).replace('@dead', String(dead));
      const query = new URLSearchParams({ module: `case${index}`, target });
      const { text } = await httpGet(service.address, `/probe?${query.toString()}`);
      const asked = server.queries.length;
      const timeoutSeconds = row.timeoutSeconds ?? 10;
      const ours = await probe(JSON.stringify(moduleOf(row, folder)), target, { timeoutSeconds });
      const found = compareFamilies(readExposition(text), readExposition(writeMetricSet(ours.outcome.metrics)));
      return [...found.filter(notTheTimeout), ...compareQuestions(server, asked)];
    };
    await known.compare(t, row, look);
  }
}

/** Upstream's is shorter by the offset. */
function notTheTimeout({ kind, what }: Deviation): boolean {
  return kind !== 'other value' || what !== 'probe_timeout_seconds';
}

/** Files of tls_config are looked for where the program runs, which is another place for the two. */
function moduleOf({ dns = {}, timeoutSeconds = 10 }: DnsCase, folder: string): unknown {
  const timeout = `${timeoutSeconds}s`;
  if (dns === 'none') return { prober: 'dns', timeout };
  const text = JSON.stringify({ query_name: 'x.test', query_type: 'A', ...dns }).replace(
    /"(ca|nope)\.pem"/g,
    (_all, name: string) => JSON.stringify(join(folder, `${name}.pem`)),
  );
  return { prober: 'dns', timeout, dns: JSON.parse(text) as unknown };
}

/** Both programs ask the same over the same transport, but for the id. */
function compareQuestions({ queries }: ScriptedDns, askedByPeer: number): readonly Deviation[] {
  const shown = queries.map(({ bytes, transport }) => `${transport} ${bytes.subarray(2).toString('hex')}`);
  const theirs = shown.slice(0, askedByPeer).join('\n');
  const ours = shown.slice(askedByPeer).join('\n');
  return theirs === ours ? [] : [{ kind: 'other requests', what: 'question', peer: theirs, sonde: ours }];
}

/** The golden file is still what the peer says: one module for each record, matched by the text with anchors. */
async function compareTexts(t: Test, peer: Peer): Promise<void> {
  const golden = readGolden();
  const { port } = await startScriptedDns(t, (query) => {
    // The question is nothing but the number of the row, and the record's.
    const row = golden[Number(query.toString('latin1', 13, 13 + (query[12] ?? 0)))];
    return row === undefined ? [] : [wireReply(query, { question: questionOf(query), answer: [recordOf(row)] })];
  });
  const folder = workingFolder(t);
  const modules = Object.fromEntries(golden.map((row, index) => [`row${index}`, moduleFor(row, index)]));
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules }));
  const service = await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder);
  t.teardown(() => service.stop());
  const wrong: string[] = [];
  for (const [index, row] of golden.entries()) {
    const answer = await httpGet(service.address, `/probe?module=row${index}&target=127.0.0.1:${port}`);
    const { verdict } = await probe(JSON.stringify(moduleFor(row, index)), `127.0.0.1:${port}`);
    const wanted = row.text === null ? 'request/dns_response_malformed' : 'ok';
    const theirs = answer.text.includes('\nprobe_success 1\n');
    if (theirs !== (row.text !== null) || verdict !== wanted) {
      wrong.push(`${row.type} ${row.rdata}: ${JSON.stringify(row.text)}, peer ${theirs}, Sonde ${verdict}`);
    }
  }
  t.equal(wrong.join('\n'), '', `${golden.length} records have the same text in both programs`);
}

function readGolden(): readonly GoldenRecord[] {
  return JSON.parse(readFileSync(join(REPOSITORY, 'test/golden/dns-rr-text.json'), 'utf8')) as readonly GoldenRecord[];
}

function recordOf({ number, class: code, ttl, owner, rdata }: GoldenRecord): Buffer {
  return wireRecord({
    type: number,
    rdata: Buffer.from(rdata, 'hex'),
    ...(code !== undefined && { class: code }),
    ...(ttl !== undefined && { ttl }),
    ...(owner !== undefined && { owner: Buffer.from(owner, 'hex') }),
  });
}

/** `x.test.` on the wire. */
const OWNER = '0178047465737400';

/**
 * The question's name tells the server which record is meant, so it takes the place of x.test wherever a pointer leads
 * to it. What is not UTF-8 is U+FFFD to a pattern, however many octets it has.
 */
function moduleFor({ text, owner, rdata }: GoldenRecord, index: number): unknown {
  const inName = rdata.includes(OWNER) ? /^x\.test\./ : /x\.test\./g;
  const pattern = (text ?? '')
    .replace(owner === undefined ? inName : /(?!)/, `${index}.x.test.`)
    .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
    .replace(/\ufffd+/g, '\ufffd+');
  return {
    prober: 'dns',
    dns: {
      query_name: `${index}.x.test`,
      query_type: 'ANY',
      valid_rcodes: ['NOERROR', 'BADSIG'],
      validate_answer_rrs: text === null ? {} : { fail_if_not_matches_regexp: [`\\A${pattern}\\z`] },
    },
  };
}

// Looks up every name of the table by the peer and by Sonde, in the network and mount namespaces that this process was
// started in: it serves three name servers at 127.0.0.1 to 127.0.0.3, port 53, and writes /etc/resolv.conf. The
// arguments are the peer's file and a folder. Writes the looks at each name as JSON, an array of arrays of Compared.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { addressPolicy, resolveTarget } from '../../../src/net/resolve/resolve-target.js';
import { createSystemResolver, type Resolver } from '../../../src/net/resolve/resolver.js';
import { ProbeEnd } from '../../../src/probe/probe-abort.js';
import { runProbe } from '../../../src/probe/run-probe.js';
import { systemClock } from '../../../src/values/clock.js';
import { startBlackboxExporter } from '../../helpers/peer.js';
import { type ScriptedDns, startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { type ResolverCase } from '../../net/resolve/resolver-case.js';
import { confOf, hostOf, RESOLVER_CASES, scriptOf } from '../../net/resolve/resolver-cases.js';

/** What one program made of a case. */
export interface LookedUp {
  /** The hash and the protocol of the address, or the error in the peer's words. */
  readonly outcome: string;
  /** The questions, without ids: server, transport, octets. */
  readonly asked: readonly string[];
}

/** One look at a case, by both programs. */
export interface Compared {
  readonly peer: LookedUp;
  readonly sonde: LookedUp;
}

const [peerFile = '', folder = ''] = process.argv.slice(2);
const SERVERS = [1, 2, 3];
const MODULES = {
  ip4: { preferred_ip_protocol: 'ip4', ip_protocol_fallback: false },
  ip6: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false },
  either: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: true },
};

/**
 * The looks at a case: a difference of the programs shows in each of them. One of the moment does not, be it that a
 * program waited for its second while the machine did something else, or that the peer has the addresses of both
 * families in the order in which the answers came.
 */
const LOOKS = 6;

const closers: (() => unknown)[] = [];
const teardown = (close: () => unknown): void => {
  closers.push(close);
};

async function run(): Promise<(readonly Compared[])[]> {
  const modules = Object.fromEntries(
    Object.entries(MODULES).map(([name, tcp]) => [name, { prober: 'tcp', timeout: '20s', tcp }]),
  );
  writeFileSync(`${folder}/blackbox.yml`, JSON.stringify({ modules }));
  const servers = await Promise.all(
    SERVERS.map((number) =>
      startScriptedDns({ teardown }, (query, transport) => scriptOf(number, query)(query, transport), {
        host: `127.0.0.${number}`,
        port: 53,
      }),
    ),
  );
  const looks = new Map<ResolverCase, Compared[]>(RESOLVER_CASES.map((row) => [row, []]));
  for (const conf of new Set(RESOLVER_CASES.map(confOf))) {
    writeFileSync('/etc/resolv.conf', SERVERS.map((number) => `nameserver 127.0.0.${number}\n`).join('') + `${conf}\n`);
    const all = RESOLVER_CASES.filter((row) => confOf(row) === conf);
    for (let look = 0, rows = all; look < LOOKS && rows.length > 0; look++) {
      const compared = await compare(servers, rows);
      for (const [row, one] of compared) looks.get(row)!.push(one);
      const differing = rows.filter((row) => row.differs === undefined && !isSame(compared.get(row)!));
      // Whom a look-up asks first then depends on those before it.
      rows = differing.length > 0 && conf.includes('rotate') ? all : differing;
    }
  }
  for (const close of closers) await close();
  return [...looks.values()];
}

/** Looks these up by both programs, which know nothing of what was before. */
async function compare(
  servers: readonly ScriptedDns[],
  rows: readonly ResolverCase[],
): Promise<ReadonlyMap<ResolverCase, Compared>> {
  const compared = new Map<ResolverCase, Compared>();
  const ours = createSystemResolver({
    hostsFile: '/etc/hosts',
    resolvConfFile: '/etc/resolv.conf',
    clock: systemClock,
  });
  const service = await startBlackboxExporter({ path: peerFile, version: '' }, ['--config.file=blackbox.yml'], folder);
  for (const row of rows) {
    const peer = await observed(servers, () => lookUpByPeer(row, service.address));
    compared.set(row, { peer, sonde: await observed(servers, () => lookUpBySonde(row, ours)) });
  }
  await service.stop();
  return compared;
}

function isSame({ peer, sonde }: Compared): boolean {
  return isDeepStrictEqual(peer, sonde);
}

async function observed(servers: readonly ScriptedDns[], lookUp: () => Promise<string>): Promise<LookedUp> {
  const before = servers.map(({ queries }) => queries.length);
  const outcome = await lookUp();
  const asked = servers.flatMap(({ queries }, index) =>
    queries
      .slice(before[index])
      .map(({ bytes, transport }) =>
        `${index + 1} ${transport} ${bytes.toString('latin1', 2)}`.replace(/[^ -~]/g, escaped),
      ),
  );
  // The two families are asked for at the same time.
  return { outcome, asked: asked.sort() };
}

function escaped(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** The system's errors of reading and writing have the ports of the moment. */
function inWords(err: string): string {
  return err.replace(/: (?:read|dial|write) (?:udp|tcp) [^ ]+: (?:(?:read|connect|write): )?/, ': ');
}

function outcomeOf(text: string, err: string): string {
  const value = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  if (value('probe_ip_protocol') === '0') return inWords(err);
  return `${value('probe_ip_protocol')} ${Number(value('probe_ip_addr_hash'))}`;
}

async function lookUpByPeer(row: ResolverCase, address: string): Promise<string> {
  const query = new URLSearchParams({ module: row.family ?? 'ip4', target: `${hostOf(row)}:1`, debug: 'true' });
  const { text } = await httpGet(address, `/probe?${query.toString()}`, {
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '20' },
  });
  const found = /msg="Resolution with IP protocol failed".* err="((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return outcomeOf(text, found);
}

async function lookUpBySonde(row: ResolverCase, resolver: Resolver): Promise<string> {
  const policy = addressPolicy(MODULES[row.family ?? 'ip4']);
  const outcome = await runProbe({
    probe: async (_request, context) => {
      await resolveTarget({ scheme: 'tcp', host: hostOf(row) }, policy, { resolver, context });
    },
    request: { target: '', params: new Map() },
    timeoutSeconds: 20,
    isTraced: false,
    end: new ProbeEnd(),
    clock: systemClock,
  });
  return outcomeOf(writeMetricSet(outcome.metrics), String(outcome.failure?.fields['err']));
}

process.stdout.write(JSON.stringify(await run()));

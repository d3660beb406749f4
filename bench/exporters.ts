// Measures what a scrape of a server costs: Sonde in the place of an exporter, and the real exporter, of the same server, in alternating rounds.
// Needs redis-server and nginx (SONDE_SERVERS or PATH) and the exporters (SONDE_PEERS or PATH). Loopback only.
import { Agent, request } from 'node:http';
import os from 'node:os';
import { parseArgs } from 'node:util';
import type { Test } from 'tap';
import type { ChildService } from '../test/helpers/child-service.js';
import { findNginxExporter, findRedisExporter, type Peer, startSonde } from '../test/helpers/peer.js';
import { startRealExporter } from '../test/interop/exporter-peers.js';
import { startRedis } from '../test/interop/servers/databases.js';
import { startStatusPages } from '../test/interop/servers/nginx-status.js';
import { findServer, makePlace } from '../test/interop/servers/real-server.js';
import { processUsage } from './process-usage.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scrapes: { type: 'string', default: '300' },
    'warm-up': { type: 'string', default: '1500' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
});

/** What the helpers of the tests need of a test: what is to be done at the end. */
const ends: (() => unknown)[] = [];
const scope = { teardown: (end: () => unknown) => ends.unshift(end) } as unknown as Test;

interface Subject {
  readonly name: string;
  readonly service: ChildService;
  readonly agent: Agent;
}

/** The exporter of a kind of server, and Sonde in its place. */
async function subjects(command: string, peer: Peer | undefined, args: readonly string[]): Promise<readonly Subject[]> {
  if (peer === undefined) throw new Error(`there is no exporter to compare sonde ${command} with`);
  const agent = () => new Agent({ keepAlive: true, maxSockets: 1 });
  const theirs = await startRealExporter(scope, peer, args);
  const found: Subject[] = [{ name: `${command} exporter ${peer.version}`, service: theirs, agent: agent() }];
  for (const node of values.node) {
    const service = await startSonde(args, { command, node });
    ends.unshift(() => service.stop());
    found.push({ name: `sonde ${command}, ${node}`, service, agent: agent() });
  }
  return found;
}

function scrape({ service, agent }: Subject): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip', accept: 'text/plain;version=0.0.4;q=0.9,*/*;q=0.1' };
    const sent = request(`http://${service.address}/metrics`, { agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${service.address} answered ${response.statusCode ?? 0}`));
      });
    });
    sent.on('error', reject).end();
  });
}

async function cpuMs(subject: Subject, scrapes: number): Promise<number> {
  const before = processUsage(subject.service.pid).cpuSeconds;
  for (let count = 0; count < scrapes; count++) await scrape(subject);
  return ((processUsage(subject.service.pid).cpuSeconds - before) * 1000) / scrapes;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

async function measure(all: readonly Subject[]): Promise<void> {
  for (const subject of all) await cpuMs(subject, Number(values['warm-up']));
  const rounds = new Map<Subject, number[]>(all.map((subject) => [subject, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    // Another one begins each time.
    for (let index = 0; index < all.length; index++) {
      const subject = all[(index + round) % all.length] as Subject;
      rounds.get(subject)?.push(await cpuMs(subject, Number(values.scrapes)));
    }
  }
  const base = rounds.get(all[0] as Subject) ?? [];
  for (const [subject, figures] of rounds) {
    const ratio = median(figures.map((figure, index) => figure / (base[index] ?? NaN)));
    const { peakMib } = processUsage(subject.service.pid);
    console.log(
      `${subject.name}: ${median(figures).toFixed(2)} ms CPU a scrape; to the peer ${ratio.toFixed(2)}; peak ${peakMib.toFixed(0)} MiB`,
    );
  }
}

try {
  console.log(`${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} CPUs, Linux ${os.release()}`);
  const [redis, nginx] = ['redis-server', 'nginx'].map(findServer);
  if (redis === undefined || nginx === undefined) throw new Error('redis-server and nginx are needed');
  const place = await makePlace(scope);
  const { plain } = await startRedis(scope, redis, place);
  await measure(await subjects('redis', findRedisExporter(), [`--redis.addr=redis://${plain}`]));
  const { http } = await startStatusPages(scope, nginx, place);
  await measure(await subjects('nginx', findNginxExporter(), [`--nginx.scrape-uri=${http}`]));
} finally {
  for (const end of ends) await end();
}

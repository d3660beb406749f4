// Measures what a scrape of a server costs: Sonde in the place of an exporter, and the real exporter, of the same
// server, in alternating rounds. Needs redis-server, nginx, PostgreSQL and MariaDB (SONDE_SERVERS or installed) and the
// exporters (SONDE_PEERS or PATH). `--only=mysql` measures one kind, `--build=DIR` another build of Sonde as well,
// `--floor` bare servers of bare-exporter.ts as well (nginx, redis), `--cpu-prof=DIR` profiles Sonde into DIR. Loopback
// only.
import { Agent, request } from 'node:http';
import os from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Test } from 'tap';
import {
  findMysqldExporter,
  findNginxExporter,
  findPostgresExporter,
  findRedisExporter,
  type Peer,
  startSonde,
} from '../test/helpers/peer.js';
import { type ChildService, startChildService } from '../test/helpers/services/child-service.js';
import { startRealExporter } from '../test/interop/exporters/exporter-peers.js';
import { startPostgres, startRedis } from '../test/interop/servers/databases.js';
import { fillMariadb, startMariadbServer } from '../test/interop/servers/mariadb-load.js';
import { startStatusPages } from '../test/interop/servers/nginx-status.js';
import { fillPostgres } from '../test/interop/servers/postgres-load.js';
import { findServer, type Found, makePlace } from '../test/interop/servers/real-server.js';
import { describeProfiles } from './cpu-profile.js';
import { processUsage, threadCpuMs } from './process-usage.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scrapes: { type: 'string', default: '300' },
    'warm-up': { type: 'string', default: '1500' },
    only: { type: 'string', multiple: true, default: ['redis', 'nginx', 'postgres', 'mysql'] },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    build: { type: 'string', multiple: true, default: [] },
    floor: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
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

/** What both understand. */
interface CommandLine {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The exporter of a kind of server, and Sonde in its place. */
async function subjects(
  command: string,
  peer: Peer | undefined,
  { args, env = {} }: CommandLine,
): Promise<readonly Subject[]> {
  if (peer === undefined) throw new Error(`there is no exporter to compare sonde ${command} with`);
  const agent = () => new Agent({ keepAlive: true, maxSockets: 1 });
  const theirs = await startRealExporter(scope, peer, args, env);
  const profiles = values['cpu-prof'];
  const nodeArgs = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}/${command}`];
  const found: Subject[] = [{ name: `${command} exporter ${peer.version}`, service: theirs, agent: agent() }];
  for (const node of values.node) {
    for (const repository of [undefined, ...values.build]) {
      const service = await startSonde(args, {
        command,
        node,
        env,
        nodeArgs,
        ...(repository !== undefined && { repository }),
      });
      ends.unshift(() => service.stop());
      const name = `sonde ${command}${repository === undefined ? '' : ` in ${basename(repository)}`}, ${node}`;
      found.push({ name, service, agent: agent() });
    }
  }
  return found;
}

/** The bare servers, each with what it does with a scrape. */
async function floors(asked: string, modes: readonly string[], lines: number): Promise<readonly Subject[]> {
  const { hostname, port, pathname } = new URL(asked);
  const found: Subject[] = [];
  for (const node of values.node) {
    for (const mode of values.floor ? modes : []) {
      const script = fileURLToPath(new URL('bare-exporter.js', import.meta.url));
      const args = [script, mode, hostname, port, pathname, `${lines}`];
      const service = await startChildService({ command: node, args, ready: /Listening on (\S+)/ });
      ends.unshift(() => service.stop());
      found.push({
        name: `bare server (${mode}), ${node}`,
        service,
        agent: new Agent({ keepAlive: true, maxSockets: 1 }),
      });
    }
  }
  return found;
}

/** What Prometheus 3 sends. */
const HEADERS = {
  'user-agent': 'Prometheus/3.5.0',
  accept:
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
  'accept-encoding': 'gzip',
  'x-prometheus-scrape-timeout-seconds': '10',
};

function scrape({ service, agent }: Pick<Subject, 'service' | 'agent'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${service.address}/metrics`, { agent, headers: HEADERS }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${service.address} answered ${response.statusCode ?? 0}`));
      });
    });
    // Node's client would add one.
    sent.removeHeader('connection');
    sent.on('error', (error) => {
      // Others have had their rounds meanwhile, and a bare server closes an idle connection after 5 s.
      if (sent.reusedSocket) scrape({ service, agent }).then(resolve, reject);
      else reject(error);
    });
    sent.end();
  });
}

async function cpuMs(subject: Subject, scrapes: number): Promise<number> {
  const before = threadCpuMs(subject.service.pid);
  for (let count = 0; count < scrapes; count++) await scrape(subject);
  return (threadCpuMs(subject.service.pid) - before) / scrapes;
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

function needed(name: string): Found {
  const found = findServer(name);
  if (found === undefined) throw new Error(`${name} is needed`);
  return found;
}

/** Each kind of server, and how it is started and asked. */
const COMPARED: ReadonlyMap<string, () => Promise<readonly Subject[]>> = new Map([
  [
    'redis',
    async () => {
      const { plain } = await startRedis(scope, needed('redis-server'), await makePlace(scope));
      const exporters = await subjects('redis', findRedisExporter(), { args: [`--redis.addr=redis://${plain}`] });
      return [...exporters, ...(await floors(`http://${plain}`, ['page', 'redis'], 800))];
    },
  ],
  [
    'nginx',
    async () => {
      const { http } = await startStatusPages(scope, needed('nginx'), await makePlace(scope));
      const exporters = await subjects('nginx', findNginxExporter(), { args: [`--nginx.scrape-uri=${http}`] });
      return [...exporters, ...(await floors(http, ['page', 'kept', 'dialled'], 130))];
    },
  ],
  [
    'postgres',
    async () => {
      const { target } = await startPostgres(scope, [needed('postgres'), needed('initdb')], await makePlace(scope));
      await fillPostgres(scope, target);
      const env = { DATA_SOURCE_NAME: `postgresql://monitor:secret@${target}/postgres?sslmode=disable` };
      return subjects('postgres', findPostgresExporter(), { args: [], env });
    },
  ],
  [
    'mysql',
    async () => {
      const server = await startMariadbServer(scope, needed('mariadbd'), await makePlace(scope));
      await fillMariadb(scope, server);
      const args = [`--mysqld.address=${server.target}`, '--mysqld.username=monitor'];
      return subjects('mysql', findMysqldExporter(), { args, env: { MYSQLD_EXPORTER_PASSWORD: 'secret' } });
    },
  ],
]);

try {
  console.log(`${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} CPUs, Linux ${os.release()}`);
  for (const only of values.only) {
    const compared = COMPARED.get(only);
    if (compared === undefined) throw new Error(`there is no ${only}; there are ${[...COMPARED.keys()].join(', ')}`);
    await measure(await compared());
  }
} finally {
  for (const end of ends) await end();
}
if (values['cpu-prof'] !== undefined) {
  for (const only of values.only) console.log(describeProfiles(join(values['cpu-prof'], only)));
}

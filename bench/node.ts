// Measures what a scrape of node metrics costs: Sonde and the real node_exporter with the same collectors, in
// alternating rounds. Loopback only.
import { spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { ALL_COLLECTORS } from '../src/node/all-collectors.js';
import { UNBUILT_COLLECTORS } from '../src/node/unbuilt-collectors.js';
import {
  findNodeExporter,
  NO_NODE_EXPORTER,
  type Peer,
  sondeCommand,
  startNodeExporter,
} from '../test/helpers/peer.js';
import { type ChildService, startChildService } from '../test/helpers/services/child-service.js';
import { processUsage } from './process-usage.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scrapes: { type: 'string', default: '200' },
    'warm-up': { type: 'string', default: '500' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    /** Also those that are off by default and heavy. */
    processes: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
  },
});

interface Program {
  readonly name: string;
  readonly service: ChildService;
  readonly agent: Agent;
}

interface Round {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Both programs run what both have and upstream runs by default. */
function collectorFlags(peer: Peer): string[] {
  const optional = values.processes ? ['processes', 'tcpstat'] : [];
  // It writes its help to one or the other.
  const { stdout, stderr } = spawnSync(peer.path, ['--help'], { encoding: 'utf8' });
  const known = new Set((stdout + stderr).match(/(?<=--(?:\[no-\])?collector\.)[\w.-]+/g));
  const names = ALL_COLLECTORS.filter(({ name, isDefault }) => isDefault || optional.includes(name));
  const both = names.filter(({ name }) => known.has(name));
  return ['--collector.disable-defaults', ...both.map(({ name }) => `--collector.${name}`)];
}

async function start(): Promise<readonly Program[]> {
  const peer = findNodeExporter();
  if (peer === undefined) throw new Error(NO_NODE_EXPORTER);
  const flags = collectorFlags(peer);
  console.log(`unbuilt: ${UNBUILT_COLLECTORS.length}; compared: ${flags.length - 1} collectors`);
  const agent = () => new Agent({ keepAlive: true, maxSockets: 1 });
  const programs: Program[] = [];
  if (values['cpu-prof'] === undefined) {
    const service = await startNodeExporter(peer, flags);
    programs.push({ name: `node_exporter ${peer.version}`, service, agent: agent() });
  }
  for (const node of values.node) {
    const nodeArgs = values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`];
    const service = await startChildService({
      ...sondeCommand(['node', '--web.listen-address=127.0.0.1:0', ...flags], { node, nodeArgs }),
      ready: /Listening on"? address=(\S+:\d+)/,
    });
    programs.push({ name: `Sonde, ${node}`, service, agent: agent() });
  }
  return programs;
}

function scrape({ service, agent }: Program): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip', accept: 'text/plain;version=0.0.4;q=0.9,*/*;q=0.1' };
    const sent = request(`http://${service.address}/metrics`, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${service.address} answered ${response.statusCode ?? 0}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function measure(program: Program, scrapes: number): Promise<Round> {
  const before = processUsage(program.service.pid).cpuSeconds;
  const startedAt = performance.now();
  for (let count = 0; count < scrapes; count++) await scrape(program);
  const wallMs = (performance.now() - startedAt) / scrapes;
  return { cpuMs: ((processUsage(program.service.pid).cpuSeconds - before) * 1000) / scrapes, wallMs };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const programs = await start();
try {
  console.log(`${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} CPUs, Linux ${os.release()}`);
  const rounds = new Map<Program, Round[]>(programs.map((program) => [program, []]));
  for (const program of programs) await measure(program, Number(values['warm-up']));
  for (let round = 0; round < Number(values.rounds); round++) {
    // Another one begins each time.
    const order = programs.map((_, index) => programs[(index + round) % programs.length]);
    for (const program of order) {
      if (program !== undefined) rounds.get(program)?.push(await measure(program, Number(values.scrapes)));
    }
  }
  const base = rounds.get(programs[0] as Program) ?? [];
  for (const [program, measured] of rounds) {
    const cpu = median(measured.map(({ cpuMs }) => cpuMs));
    const wall = median(measured.map(({ wallMs }) => wallMs));
    const ratio = median(measured.map(({ cpuMs }, index) => cpuMs / (base[index]?.cpuMs ?? NaN)));
    const { peakMib } = processUsage(program.service.pid);
    console.log(
      `${program.name}: ${cpu.toFixed(2)} ms CPU, ${wall.toFixed(2)} ms a scrape; CPU to the peer ${ratio.toFixed(2)}; peak ${peakMib.toFixed(0)} MiB`,
    );
  }
} finally {
  for (const { service, agent } of programs) {
    agent.destroy();
    await service.stop();
  }
}

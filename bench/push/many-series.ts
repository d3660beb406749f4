// Measures a pushgateway that holds very many series beside the real one: filling it, memory, pushes of a thousand
// series, a push of many, scrapes, and the start with all of it on the disk. One program after the other, in turns.
// Loopback only.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway, startSonde } from '../../test/helpers/peer.js';
import type { ChildService } from '../../test/helpers/services/child-service.js';
import { httpGet } from '../../test/helpers/services/http-get.js';
import { processUsage } from '../process-usage.js';

const USAGE =
  'usage: node dist/bench/push/many-series.js [--node NODE] [GROUPS SERIES SMALL_PUSHES ROUNDS]   (8 249800 5 1 where nothing is said)';

const START_SECONDS = 600;
/** The series of a small push. */
const FEW = 1000;

interface Program {
  readonly label: string;
  readonly start: (store: string) => Promise<ChildService>;
  readonly costs: Map<string, number[]>;
}

/** Series of three labels, in fifty families, in the order of an exposition. */
function body(series: number, value: number): Buffer {
  const perFamily = Math.ceil(series / 50);
  const lines = Array.from({ length: series }, (_none, index) => {
    const name = `batch_metric_${Math.floor(index / perFamily)}`;
    const head = index % perFamily === 0 ? `# TYPE ${name} gauge\n` : '';
    return `${head}${name}{code="200",kind="bench",shard="${String(index).padStart(6, '0')}"} ${value + index}\n`;
  });
  return Buffer.from(lines.join(''));
}

async function measure<T>({ costs }: Program, what: string, pid: number, action: () => Promise<T>): Promise<T> {
  const { cpuSeconds: before } = processUsage(pid);
  const startedAt = performance.now();
  const result = await action();
  note(costs, `${what}, s`, (performance.now() - startedAt) / 1000);
  note(costs, `${what}, CPU s`, processUsage(pid).cpuSeconds - before);
  return result;
}

function note(costs: Map<string, number[]>, what: string, cost: number): void {
  costs.set(what, [...(costs.get(what) ?? []), cost]);
}

async function put(service: ChildService, group: string | number, bytes: Buffer): Promise<void> {
  const path = `/metrics/job/bench/instance/${group}`;
  const { status, text } = await httpGet(service.address, path, { method: 'PUT', body: bytes });
  if (status !== 200) throw new Error(`Cannot push to ${service.address}: ${status} ${text.slice(0, 200)}`);
}

async function scrape(service: ChildService): Promise<number> {
  const { status, body: bytes } = await httpGet(service.address, '/metrics');
  if (status !== 200) throw new Error(`Cannot scrape ${service.address}: ${status}`);
  return bytes.length;
}

interface Sizes {
  readonly groups: number;
  readonly series: number;
  readonly pushes: number;
}

async function benchProgram(program: Program, { groups, series, pushes }: Sizes): Promise<void> {
  const { costs, start } = program;
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-many-'));
  const store = `--persistence.file=${join(folder, 'store')}`;
  let service = await start(store);
  try {
    const { pid } = service;
    const large = body(series, 0);
    await measure(program, `${groups} pushes of ${series}`, pid, async () => {
      for (let group = 0; group < groups; group++) await put(service, group, large);
    });
    note(costs, 'resident MiB, filled', processUsage(pid).residentMib);
    await measure(program, 'first scrape', pid, () => scrape(service));
    await measure(program, 'scrape', pid, () => scrape(service));
    const small = body(FEW, 1);
    await put(service, 'small', small);
    await measure(program, `${pushes} pushes of ${FEW}`, pid, async () => {
      for (let push = 0; push < pushes; push++) await put(service, 'small', small);
    });
    await measure(program, 'scrape after them', pid, () => scrape(service));
    await measure(program, `one push of ${series}`, pid, () => put(service, 0, body(series, 1)));
    note(costs, 'peak MiB', processUsage(pid).peakMib);
    await service.stop('SIGTERM', START_SECONDS);
    service = await measureStart(program, store);
    await measure(program, 'first scrape after the start', service.pid, () => scrape(service));
  } finally {
    await service.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** The process does not exist before. */
async function measureStart({ costs, start }: Program, store: string): Promise<ChildService> {
  const startedAt = performance.now();
  const service = await start(store);
  while ((await httpGet(service.address, '/-/ready')).status !== 200) await sleep(20);
  note(costs, 'start, s', (performance.now() - startedAt) / 1000);
  const { cpuSeconds, residentMib } = processUsage(service.pid);
  note(costs, 'start, CPU s', cpuSeconds);
  note(costs, 'resident MiB, started', residentMib);
  return service;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function main(): Promise<void> {
  const options = { node: { type: 'string', default: process.execPath } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [groups = 8, series = 249_800, pushes = 5, rounds = 1] = positionals.map(Number);
  if (![groups, series, pushes, rounds].every((count) => Number.isInteger(count) && count > 0)) throw new Error(USAGE);
  const peer = findPushgateway();
  if (peer === undefined) throw new Error(NO_PUSHGATEWAY);
  const { node } = values;
  const sonde = (store: string) => startSonde([store], { command: 'pushgateway', node, startSeconds: START_SECONDS });
  const programs: readonly Program[] = [
    { label: `Pushgateway ${peer.version}`, start: (store) => startRealPushgateway(peer, [store]), costs: new Map() },
    { label: 'Sonde', start: sonde, costs: new Map() },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const program of programs) await benchProgram(program, { groups, series, pushes });
  }
  const load = os.loadavg().map((figure) => figure.toFixed(0));
  console.log(`${groups} groups × ${series} series, medians of ${rounds} rounds, load ${load.join(' ')}\n`);
  console.log(`| | ${programs.map(({ label }) => label).join(' | ')} |\n|---|${'--:|'.repeat(programs.length)}`);
  for (const what of programs[0]?.costs.keys() ?? []) {
    const cells = programs.map(({ costs }) => median(costs.get(what) ?? []).toFixed(2));
    console.log(`| ${[what, ...cells].join(' | ')} |`);
  }
}

await main();

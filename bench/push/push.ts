// Measures what pushes and scrapes cost: Sonde and the real Pushgateway in alternating rounds, both with the same
// groups in them. Loopback only.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway, startSonde } from '../../test/helpers/peer.js';
import type { ChildService } from '../../test/helpers/services/child-service.js';
import { httpGet } from '../../test/helpers/services/http-get.js';
import { processUsage } from '../process-usage.js';

const USAGE =
  'usage: node dist/bench/push/push.js [--without-peer] [--node NODE] [GROUPS SERIES ROUNDS PUSHES]   (100 1500 3 20 where nothing is said)';

/** Clients that push at once. */
const PUSHERS = 4;
/** How long the small pushes beside a scrape pause. */
const PAUSE_MS = 5;

interface Program {
  readonly label: string;
  readonly service: ChildService;
  /** What each round cost, by what was measured. */
  readonly costs: Map<string, number[]>;
}

/** Fifty families, as a job's registry may have. */
function metrics(series: number, value: number): string {
  const perFamily = Math.ceil(series / 50);
  let text = '';
  for (let index = 0; index < series; index++) {
    const name = `batch_metric_${Math.floor(index / perFamily)}`;
    if (index % perFamily === 0) text += `# HELP ${name} One of many.\n# TYPE ${name} gauge\n`;
    text += `${name}{shard="${index}",kind="bench"} ${value + index}\n`;
  }
  return text;
}

async function push({ service }: Program, group: string | number, body: string | Buffer): Promise<void> {
  const path = `/metrics/job/bench/instance/${group}`;
  const { status, text } = await httpGet(service.address, path, { method: 'PUT', body });
  if (status !== 200) throw new Error(`Cannot push to ${service.address}: ${status} ${text}`);
}

/** Takes an answer without keeping it; resolves to its length. */
function scrape({ service }: Program, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `http://${service.address}/metrics`;
    const sent = request(url, { headers, agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`Cannot scrape ${url}: ${response.statusCode}`));
      });
    });
    sent.on('error', reject).end();
  });
}

async function measure(program: Program, what: string, times: number, action: () => Promise<unknown>): Promise<void> {
  const { cpuSeconds: before } = processUsage(program.service.pid);
  const startedAt = performance.now();
  await action();
  note(program, `${what} ms`, (performance.now() - startedAt) / times);
  note(program, `${what} CPU ms`, ((processUsage(program.service.pid).cpuSeconds - before) * 1000) / times);
}

function note({ costs }: Program, what: string, cost: number): void {
  costs.set(what, [...(costs.get(what) ?? []), cost]);
}

async function pushAll(program: Program, { groups, pushes, body }: { groups: number; pushes: number; body: Buffer }) {
  let next = 0;
  const pusher = async (): Promise<void> => {
    while (next < pushes) await push(program, next++ % groups, body);
  };
  await Promise.all(Array.from({ length: PUSHERS }, pusher));
}

/** A scrape, and how long the slowest small push beside it waits. */
async function scrapeBesidePushes(program: Program): Promise<void> {
  let isOver = false;
  let longest = 0;
  const pushing = async (): Promise<void> => {
    while (!isOver) {
      const startedAt = performance.now();
      await push(program, 'small', 'small_metric 1\n');
      longest = Math.max(longest, performance.now() - startedAt);
      await sleep(PAUSE_MS);
    }
  };
  const pushed = pushing();
  const startedAt = performance.now();
  await scrape(program);
  note(program, 'scrape beside pushes, ms', performance.now() - startedAt);
  isOver = true;
  await pushed;
  note(program, 'slowest push beside a scrape, ms', longest);
}

async function benchRound(program: Program, sizes: { groups: number; pushes: number; body: Buffer }): Promise<void> {
  const { pid } = program.service;
  await measure(program, 'push', sizes.pushes, () => pushAll(program, sizes));
  await measure(program, 'first scrape after them', 1, () => scrape(program));
  await measure(program, 'scrape', 1, () => scrape(program));
  await measure(program, 'scrape, gzip', 1, () => scrape(program, { 'Accept-Encoding': 'gzip' }));
  await scrapeBesidePushes(program);
  note(program, 'resident MiB', processUsage(pid).residentMib);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

interface Sizes {
  readonly groups: number;
  readonly series: number;
  readonly rounds: number;
  readonly pushes: number;
}

async function fill(program: Program, { groups, series }: Sizes): Promise<void> {
  const body = Buffer.from(metrics(series, 0));
  await measure(program, 'filling', 1, async () => {
    for (let group = 0; group < groups; group++) await push(program, group, body);
  });
  await measure(program, 'very first scrape', 1, () => scrape(program));
}

async function startPrograms(node: string, withPeer: boolean): Promise<Program[]> {
  const sonde = await startSonde([], { command: 'pushgateway', node });
  const programs = [{ label: 'Sonde', service: sonde, costs: new Map<string, number[]>() }];
  if (!withPeer) return programs;
  const peer = findPushgateway();
  if (peer === undefined) throw new Error(NO_PUSHGATEWAY);
  return [
    ...programs,
    { label: `Pushgateway ${peer.version}`, service: await startRealPushgateway(peer), costs: new Map() },
  ];
}

async function bench(programs: readonly Program[], sizes: Sizes): Promise<void> {
  for (const program of programs) await fill(program, sizes);
  for (let round = 0; round < sizes.rounds; round++) {
    const body = Buffer.from(metrics(sizes.series, round + 1));
    for (const program of programs) await benchRound(program, { ...sizes, body });
  }
  for (const program of programs) note(program, 'peak MiB', processUsage(program.service.pid).peakMib);
}

function report(programs: readonly Program[], { groups, series, rounds, pushes }: Sizes): void {
  console.log(`${groups} groups × ${series} series, medians of ${rounds} rounds of ${pushes} pushes\n`);
  console.log(`| | ${programs.map(({ label }) => label).join(' | ')} |\n|---|${'--:|'.repeat(programs.length)}`);
  for (const what of programs[0]?.costs.keys() ?? []) {
    const cells = programs.map(({ costs }) => median(costs.get(what) ?? []).toFixed(1));
    console.log(`| ${[what, ...cells].join(' | ')} |`);
    if (what !== 'push ms') continue;
    const rates = programs.map(({ costs }) => (1000 / median(costs.get(what) ?? [])).toFixed(1));
    console.log(`| ${['pushes/s', ...rates].join(' | ')} |`);
  }
}

async function main(): Promise<void> {
  const options = {
    'without-peer': { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [groups = 100, series = 1500, rounds = 3, pushes = 20] = positionals.map(Number);
  if (![groups, series, rounds, pushes].every((count) => Number.isInteger(count) && count > 0)) {
    console.error(USAGE);
    process.exitCode = 1;
    return;
  }
  const programs = await startPrograms(values.node, !values['without-peer']);
  try {
    const sizes = { groups, series, rounds, pushes };
    await bench(programs, sizes);
    report(programs, sizes);
  } finally {
    for (const { service } of programs) await service.stop('SIGKILL');
  }
}

await main();

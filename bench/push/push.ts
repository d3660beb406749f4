// Measures what a push costs: Sonde and the real Pushgateway in alternating rounds, both with the same groups in them. Loopback only.
import type { ChildService } from '../../test/helpers/child-service.js';
import { httpGet } from '../../test/helpers/http-get.js';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway, startSonde } from '../../test/helpers/peer.js';
import { processUsage } from '../process-usage.js';

const USAGE =
  'usage: node dist/bench/push/push.js [GROUPS SERIES ROUNDS PUSHES]   (100 1500 3 5 where nothing is said)';

interface Program {
  readonly label: string;
  readonly service: ChildService;
}

interface Cost {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
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

async function push({ service }: Program, group: number, body: string): Promise<void> {
  const headers = { 'Content-Length': String(Buffer.byteLength(body)) };
  const path = `/metrics/job/bench/instance/${group}`;
  const { status, text } = await httpGet(service.address, path, { method: 'PUT', headers, body });
  if (status !== 200) throw new Error(`Cannot push to ${service.address}: ${status} ${text}`);
}

async function measure(program: Program, times: number, action: (nth: number) => Promise<unknown>): Promise<Cost> {
  const before = processUsage(program.service.pid);
  const startedAt = performance.now();
  for (let nth = 0; nth < times; nth++) await action(nth);
  const milliseconds = (performance.now() - startedAt) / times;
  const { cpuSeconds } = processUsage(program.service.pid);
  return { milliseconds, cpuMilliseconds: ((cpuSeconds - before.cpuSeconds) * 1000) / times };
}

function median(costs: readonly Cost[], of: keyof Cost): string {
  const sorted = costs.map((cost) => cost[of]).sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(1);
}

async function bench([groups, series, rounds, pushes]: readonly [number, number, number, number]): Promise<void> {
  const peer = findPushgateway();
  if (peer === undefined) throw new Error(NO_PUSHGATEWAY);
  const programs: Program[] = [];
  try {
    programs.push({ label: `Pushgateway ${peer.version}`, service: await startRealPushgateway(peer) });
    const sonde = await startSonde([], { command: 'pushgateway' });
    programs.push({ label: `Sonde, Node ${process.version.slice(1)}`, service: sonde });
    const body = metrics(series, 0);
    for (const program of programs) for (let group = 0; group < groups; group++) await push(program, group, body);
    const costs = programs.map(() => ({ push: [] as Cost[], scrape: [] as Cost[] }));
    for (let round = 0; round < rounds; round++) {
      const changed = metrics(series, round + 1);
      for (const [index, program] of programs.entries()) {
        costs[index]?.push.push(await measure(program, pushes, (nth) => push(program, nth % groups, changed)));
        const scrape = () => httpGet(program.service.address, '/metrics');
        costs[index]?.scrape.push(await measure(program, pushes, scrape));
      }
    }
    console.log(`${groups} groups × ${series} series, medians of ${rounds} rounds of ${pushes}\n`);
    console.log(
      '| program | ms a push | CPU ms a push | ms a scrape | CPU ms a scrape | peak MiB |\n|---|---|---|---|---|---|',
    );
    for (const [index, { label, service }] of programs.entries()) {
      const { push: pushed = [], scrape = [] } = costs[index] ?? {};
      const cells = [pushed, scrape].flatMap((of) => [median(of, 'milliseconds'), median(of, 'cpuMilliseconds')]);
      console.log(`| ${[label, ...cells, processUsage(service.pid).peakMib.toFixed(0)].join(' | ')} |`);
    }
  } finally {
    for (const { service } of programs) await service.stop();
  }
}

const [groups = 100, series = 1500, rounds = 3, pushes = 5] = process.argv.slice(2).map(Number);
if (![groups, series, rounds, pushes].every((count) => Number.isInteger(count) && count > 0)) {
  console.error(USAGE);
  process.exitCode = 1;
} else await bench([groups, series, rounds, pushes]);

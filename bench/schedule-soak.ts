// Lets Sonde probe ten thousand local targets by its own schedule, and prints how late probes were started, and the CPU
// and memory that it took: `node dist/bench/schedule-soak.js [--mix] [targets] [interval] [seconds]`. Without --mix the
// targets are http and tcp; with it also https, dns, grpc and, for root, icmp.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSonde } from '../test/helpers/peer.js';
import type { ChildService } from '../test/helpers/services/child-service.js';
import { httpGet } from '../test/helpers/services/http-get.js';
import { processUsage } from './process-usage.js';
import { type ScheduleTargets, startScheduleTargets } from './schedule-targets.js';

const { values, positionals } = parseArgs({ options: { mix: { type: 'boolean' } }, allowPositionals: true });
const [TARGETS = 10_000, INTERVAL = 15, SECONDS = 120] = positionals.map(Number);

/** How many targets, and how often each is probed. */
interface Size {
  readonly count: number;
  readonly interval: string;
}

async function start(folder: string, targets: ScheduleTargets, { count, interval }: Size): Promise<ChildService> {
  writeFileSync(join(folder, 'blackbox.yml'), targets.config);
  writeFileSync(join(folder, 'targets.json'), targets.file(count));
  return startSonde([
    `--config.file=${join(folder, 'blackbox.yml')}`,
    `--targets.file=${join(folder, 'targets.json')}`,
    `--schedule.interval=${interval}`,
    '--log.prober=error',
  ]);
}

/** Cumulative counts of start delays by their bounds in seconds. */
async function delays(service: ChildService): Promise<ReadonlyMap<number, number>> {
  const { text } = await httpGet(service.address, '/metrics');
  const found = text.matchAll(/^sonde_schedule_start_delay_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm);
  return new Map([...found].map(([, bound = '', count]) => [Number(bound.replace('+Inf', 'Infinity')), Number(count)]));
}

/** The least bound that `share` of the starts between two looks did not exceed. */
function bound(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, share: number): string {
  const counts = [...after].map(([at, count]) => [at, count - (before.get(at) ?? 0)] as const);
  const all = counts.at(-1)?.[1] ?? 0;
  const [at = NaN] = counts.find(([, count]) => count >= share * all) ?? [];
  return `≤ ${at * 1000} ms`;
}

async function measure(targets: ScheduleTargets, count: number): Promise<number> {
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-soak-'));
  const service = await start(folder, targets, { count, interval: `${INTERVAL}s` });
  try {
    await sleep(2 * INTERVAL * 1000);
    const [before, used, began] = [await delays(service), processUsage(service.pid), performance.now()];
    await sleep(SECONDS * 1000);
    const [after, now, passed] = [await delays(service), processUsage(service.pid), performance.now() - began];
    const starts = (after.get(Infinity) ?? 0) - (before.get(Infinity) ?? 0);
    if (starts > 0) {
      const shares = [0.5, 0.9, 0.99, 0.999].map((share) => `p${share * 100} ${bound(before, after, share)}`);
      console.log(`${starts} probes in ${Math.round(passed / 1000)} s; started late by ${shares.join(', ')}`);
      const cpu = (now.cpuSeconds - used.cpuSeconds) / (passed / 1000);
      console.log(
        `CPU ${cpu.toFixed(2)} of a core, ${((1e6 * (now.cpuSeconds - used.cpuSeconds)) / starts).toFixed(0)} µs a probe`,
      );
    }
    const { text } = await httpGet(service.address, '/metrics');
    console.log(text.match(/^sonde_schedule_(?:skipped|targets).*$/gm)?.join('\n'));
    console.log(`resident ${now.residentMib.toFixed(0)} MiB, at most ${now.peakMib.toFixed(0)} MiB`);
    const failures = (await httpGet(service.address, '/metrics/targets')).text.match(/^probe_success\{.*\} 0$/gm) ?? [];
    if (failures.length > 0) console.log(`${failures.length} targets failed, such as ${failures[0]}`);
    return now.residentMib;
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true });
  }
}

/** What a process takes that knows so many targets and has no result of any: they are probed once a week. */
async function idleMib(targets: ScheduleTargets, count: number): Promise<number> {
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-soak-'));
  const service = await start(folder, targets, { count, interval: '1w' });
  try {
    await sleep(5000);
    return processUsage(service.pid).residentMib;
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true });
  }
}

const targets = await startScheduleTargets(values.mix === true);
console.log(`${TARGETS} targets every ${INTERVAL} s; load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} cores`);
const full = await measure(targets, TARGETS);
console.log('One target, for comparison:');
const alone = await measure(targets, 1);
console.log(`${(((full - alone) * 1024) / TARGETS).toFixed(1)} KiB a target, its results included`);
const idle = (await idleMib(targets, TARGETS)) - (await idleMib(targets, 1));
console.log(`${((idle * 1024) / TARGETS).toFixed(1)} KiB a target before there is any result`);
await targets.stop();

// Measures what each step of the pushgateway holds up: for how long the thread with what was pushed is held, and how
// long a small push and `/-/healthy` wait beside it, with a store on disk. Sonde and the real Pushgateway, one after
// the other. Loopback only.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { httpGet } from '../../test/helpers/services/http-get.js';
import { resetPeak, startWatchedPeer, startWatchedSonde, type WatchedProgram } from '../hostile/watched-program.js';
import { processUsage } from '../process-usage.js';
import { type Scenario, SCENARIOS, type Step } from './step-scenarios.js';

const FILLERS = 16;
const POLL_MS = 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', multiple: true, default: [] },
      step: { type: 'string', multiple: true, default: [] },
      'without-peer': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      node: { type: 'string', default: process.execPath },
    },
  });
  const { scenario: names, step, node, profile: isProfiled } = values;
  const isWanted = (name: string, parts: readonly string[]): boolean =>
    parts.length === 0 || parts.some((part) => name.includes(part));
  console.log('| step | program | ms | held ms | without GC | push waits | healthy waits | peak MiB | status |');
  console.log(`|${'---|'.repeat(9)}`);
  for (const scenario of SCENARIOS.filter(({ name }) => isWanted(name, names))) {
    const steps = scenario.steps.filter(({ name }) => isWanted(name, step));
    await benchProgram({ ...scenario, steps }, (options) => startWatchedSonde(options, { node, isProfiled }));
    if (!values['without-peer']) await benchProgram({ ...scenario, steps }, startWatchedPeer);
  }
}

type Start = (options: Parameters<typeof startWatchedPeer>[0]) => Promise<WatchedProgram | undefined>;

async function benchProgram(scenario: Scenario, start: Start): Promise<void> {
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-steps-'));
  const args = [`--persistence.file=${join(folder, 'store')}`, '--web.enable-admin-api', ...(scenario.args ?? [])];
  const options = { service: 'pushgateway', folder, configFile: '', args } as const;
  let program = await start(options);
  try {
    if (program === undefined) throw new Error('Cannot find the real Pushgateway');
    await fill(program, scenario);
    console.log(`| **${scenario.name}** | ${program.label} |`);
    program = await restart(program, () => start(options));
    for (const step of scenario.steps) await benchStep(step, program);
  } finally {
    await program?.service.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** What the start costs with all of it on disk. */
async function restart(program: WatchedProgram, start: () => Promise<WatchedProgram | undefined>) {
  const stoppedAt = performance.now();
  await program.service.stop('SIGTERM', 60);
  const startedAt = performance.now();
  const started = await start();
  if (started === undefined) throw new Error('Cannot start again');
  const ms = performance.now() - startedAt;
  print(`start (stop ${(startedAt - stoppedAt).toFixed(0)} ms)`, started, { ms, push: NaN, healthy: NaN, status: '' });
  await printFigures(started);
  return started;
}

async function fill({ service }: WatchedProgram, { stored }: Scenario): Promise<void> {
  const pushes = stored()[Symbol.iterator]();
  const filler = async (): Promise<void> => {
    for (let next = pushes.next(); next.done !== true; next = pushes.next()) {
      const [path, body] = next.value;
      const { status, text } = await httpGet(service.address, `/metrics/job/${path}`, { method: 'PUT', body });
      if (status > 202) throw new Error(`Cannot push ${path}: ${status} ${text.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, filler));
}

async function benchStep({ name, path, request }: Step, program: WatchedProgram): Promise<void> {
  const { address, pid } = program.service;
  const options = request?.() ?? {};
  for (let count = 0; count < 20; count++) await httpGet(address, '/-/healthy');
  await program.threadFigures();
  resetPeak(pid);
  const polling = new AbortController();
  const push = slowest(polling.signal, () =>
    httpGet(address, '/metrics/job/small', { method: 'PUT', body: 'small_metric 1\n' }),
  );
  const healthy = slowest(polling.signal, () => httpGet(address, '/-/healthy'));
  const startedAt = performance.now();
  const { status, body } = await httpGet(address, path, options);
  const ms = performance.now() - startedAt;
  await sleep(POLL_MS);
  polling.abort();
  const result = { ms, push: await push, healthy: await healthy, status: `${status}, ${body.length} bytes` };
  print(name, program, result);
  await printFigures(program);
}

async function slowest(signal: AbortSignal, ask: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await ask();
    longest = Math.max(longest, performance.now() - startedAt);
    await sleep(POLL_MS);
  }
  return longest;
}

interface Result {
  readonly ms: number;
  readonly push: number;
  readonly healthy: number;
  readonly status: string;
}

function print(name: string, { label }: WatchedProgram, { ms, push, healthy, status }: Result): void {
  const [whole, pushed, asked] = [ms, push, healthy].map((figure) => figure.toFixed(0));
  process.stdout.write(`| ${name} | ${label} | ${whole} | push ${pushed} | healthy ${asked} | ${status} `);
}

async function printFigures(program: WatchedProgram): Promise<void> {
  const { peakMib } = processUsage(program.service.pid);
  const figures = await program.threadFigures();
  const held = figures && `held ${figures.heldMs.toFixed(0)}, without GC ${figures.withoutGcMs.toFixed(0)}`;
  console.log(`| ${held ?? ''} | peak ${peakMib.toFixed(0)} |`);
  for (const line of figures?.where ?? []) console.log(`    ${line}`);
}

await main();

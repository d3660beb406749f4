// Measures what a probe costs: Sonde and the real blackbox_exporter in alternating rounds on the same targets. Loopback only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { makeIdentities } from '../test/interop/identities.js';
import { type BenchOptions, readBenchOptions, USAGE } from './bench-options.js';
import { describeResults, type Round, type ScenarioResult } from './bench-report.js';
import { describeProfiles } from './cpu-profile.js';
import { loadWith } from './load.js';
import { processUsage } from './process-usage.js';
import { assertProbeSucceeds, probeUrl, type Program, startOurs, startPeer } from './program.js';
import { benchConfig, type Scenario } from './scenarios.js';
import { startTargets, type Targets } from './targets.js';

/** Until then V8's compiler still takes a good part of the time, which a service that runs for days does not feel. */
const WARM_UP_PROBES = 30_000;
/** Where handshakes, or a busy machine, make that too long. */
const LONGEST_WARM_UP_SECONDS = 60;
const WARM_UP_STEP_SECONDS = 5;

async function bench(options: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-bench-'));
  const opened: (() => Promise<unknown>)[] = [];
  try {
    const identities = await makeIdentities();
    const configFile = join(folder, 'blackbox.yml');
    writeFileSync(join(folder, 'ca.pem'), identities.authority.cert);
    writeFileSync(configFile, benchConfig(join(folder, 'ca.pem')));
    const targets = await startTargets(folder, identities.good);
    opened.push(targets.stop);
    const programs: Program[] = [];
    for (const start of starters(configFile, options)) {
      const program = await start();
      programs.push(program);
      opened.push(() => program.service.stop());
    }
    console.log(`${new Date().toISOString().slice(0, 10)}, ${machine()}`);
    console.log(`${options.rounds} rounds of ${options.seconds} s, ${options.concurrency} scrapes at a time\n`);
    const results: ScenarioResult[] = [];
    for (const scenario of options.scenarios) results.push(await measureScenario(scenario, programs, targets, options));
    console.log(describeResults(results, options));
  } finally {
    for (const close of opened.reverse()) await close();
    rmSync(folder, { recursive: true });
  }
  if (options.profileFolder !== undefined) console.log(describeProfiles(options.profileFolder));
}

function starters(configFile: string, options: BenchOptions): readonly (() => Promise<Program>)[] {
  const { nodes, builds, profileFolder } = options;
  const ours = [undefined, ...builds].flatMap((build) =>
    nodes.map((node) => () => startOurs(configFile, node, { profileFolder, build })),
  );
  return profileFolder === undefined ? [() => startPeer(configFile), ...ours] : ours;
}

function machine(): string {
  const processors = os.cpus();
  return `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, Linux ${os.release()}`;
}

/** Whoever begins a round changes, so that no program always runs after the same other one. */
async function measureScenario(
  scenario: Scenario,
  programs: readonly Program[],
  targets: Targets,
  { rounds, seconds, concurrency }: BenchOptions,
): Promise<ScenarioResult> {
  const target = targets.of[scenario.target];
  for (const program of programs) {
    await assertProbeSucceeds(program, scenario, target);
    await warmUp(probeUrl(program, scenario, target), concurrency);
  }
  const measured: Round[][] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % programs.length;
    const order = [...programs.slice(first), ...programs.slice(0, first)];
    const figures = new Map<Program, Round>();
    for (const program of order) {
      figures.set(program, await measure(program, probeUrl(program, scenario, target), { seconds, concurrency }));
    }
    measured.push(programs.map((program) => figures.get(program)!));
  }
  return { scenario, rounds: measured };
}

async function warmUp(url: string, concurrency: number): Promise<void> {
  let probes = 0;
  for (let seconds = 0; probes < WARM_UP_PROBES && seconds < LONGEST_WARM_UP_SECONDS; seconds += WARM_UP_STEP_SECONDS) {
    probes += (await loadWith(url, { seconds: WARM_UP_STEP_SECONDS, concurrency })).probes;
  }
}

async function measure(
  { label, isPeer, service }: Program,
  url: string,
  options: { readonly seconds: number; readonly concurrency: number },
): Promise<Round> {
  const before = processUsage(service.pid);
  const { probes, seconds } = await loadWith(url, options);
  const after = processUsage(service.pid);
  return {
    label,
    isPeer,
    probesPerSecond: probes / seconds,
    cpuMsPerProbe: ((after.cpuSeconds - before.cpuSeconds) * 1000) / probes,
    residentMib: after.residentMib,
    peakMib: after.peakMib,
  };
}

/** A fresh folder below the one that was asked for, so that older profiles are not described again. */
function ownFolder(parent: string | undefined): string | undefined {
  if (parent === undefined) return undefined;
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'run-'));
}

try {
  const options = readBenchOptions(process.argv.slice(2));
  await bench({ ...options, profileFolder: ownFolder(options.profileFolder) });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${USAGE}`);
  process.exitCode = 1;
}

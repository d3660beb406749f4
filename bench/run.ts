// Measures what a probe costs: Sonde and the real blackbox_exporter in alternating rounds on the same targets. Loopback
// only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { makeIdentities } from '../test/interop/tls/identities.js';
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
const WARM_UP_STEP_SECONDS = 5;
/** What a service has had that was started a moment ago. */
const COLD_SECONDS = 2;

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
    console.log(`${new Date().toISOString().slice(0, 10)}, ${machine()}`);
    console.log(`${options.rounds} rounds of ${options.seconds} s, ${options.concurrency} scrapes at a time\n`);
    const results: ScenarioResult[] = [];
    const starts = starters(configFile, options);
    const measureScenario = options.isCold ? measureCold(starts) : await measureWarm(starts, opened);
    for (const scenario of options.scenarios) results.push(await measureScenario(scenario, targets, options));
    console.log(describeResults(results, options));
  } finally {
    for (const close of opened.reverse()) await close();
    rmSync(folder, { recursive: true });
  }
  if (options.profileFolder !== undefined) console.log(describeProfiles(options.profileFolder));
}

type Start = () => Promise<Program>;
type MeasureScenario = (scenario: Scenario, targets: Targets, options: BenchOptions) => Promise<ScenarioResult>;

function starters(configFile: string, options: BenchOptions): readonly Start[] {
  const { nodes, builds, workers, profileFolder } = options;
  const ours = [undefined, ...builds].flatMap((build) =>
    nodes.flatMap((node) =>
      [undefined, ...workers].map(
        (count) => () => startOurs(configFile, node, { profileFolder, build, workers: count }),
      ),
    ),
  );
  return profileFolder === undefined ? [() => startPeer(configFile), ...ours] : ours;
}

function machine(): string {
  const processors = os.cpus();
  return `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, Linux ${os.release()}`;
}

/** Programs that run all the time, and are warmed up before each scenario. */
async function measureWarm(starts: readonly Start[], opened: (() => Promise<unknown>)[]): Promise<MeasureScenario> {
  const programs: Program[] = [];
  for (const start of starts) {
    const program = await start();
    programs.push(program);
    opened.push(() => program.service.stop());
  }
  return async (scenario, targets, options) => {
    const target = targets.of[scenario.target];
    for (const program of programs) {
      await assertProbeSucceeds(program, scenario, target);
      await warmUp(probeUrl(program, scenario, target), options);
    }
    return inRounds(scenario, { programs, options }, (program) =>
      measure(program, probeUrl(program, scenario, target), options),
    );
  };
}

/** Programs that are started for each round. */
function measureCold(starts: readonly Start[]): MeasureScenario {
  return (scenario, targets, options) =>
    inRounds(scenario, { programs: starts, options }, async (start) => {
      const program = await start();
      try {
        const url = probeUrl(program, scenario, targets.of[scenario.target]);
        await assertProbeSucceeds(program, scenario, targets.of[scenario.target]);
        await loadWith(url, { ...options, seconds: COLD_SECONDS });
        return await measure(program, url, options);
      } finally {
        await program.service.stop();
      }
    });
}

/** Whoever begins a round changes, so that no program always runs after the same other one. */
async function inRounds<T>(
  scenario: Scenario,
  { programs, options: { rounds } }: { programs: readonly T[]; options: BenchOptions },
  measureOne: (program: T) => Promise<Round>,
): Promise<ScenarioResult> {
  const measured: Round[][] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % programs.length;
    const figures = new Map<T, Round>();
    for (const program of [...programs.slice(first), ...programs.slice(0, first)])
      figures.set(program, await measureOne(program));
    measured.push(programs.map((program) => figures.get(program)!));
  }
  return { scenario, rounds: measured };
}

async function warmUp(url: string, { warmUpSeconds, concurrency }: BenchOptions): Promise<void> {
  let probes = 0;
  for (let seconds = 0; probes < WARM_UP_PROBES && seconds < warmUpSeconds; seconds += WARM_UP_STEP_SECONDS) {
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

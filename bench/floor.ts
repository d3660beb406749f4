// Measures what the least that Node can do for a probe costs (floor-server.ts), beside Sonde and the real
// blackbox_exporter in alternating rounds: so much of a probe's CPU is Node's own. Loopback only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startChildService } from '../test/helpers/services/child-service.js';
import { makeIdentities } from '../test/interop/tls/identities.js';
import { loadWith } from './load.js';
import { processUsage } from './process-usage.js';
import { assertProbeSucceeds, probeUrl, type Program, startOurs, startPeer } from './program.js';
import { benchConfig, SCENARIOS } from './scenarios.js';
import { startTargets } from './targets.js';

const { values } = parseArgs({
  options: {
    /** http or https. */
    scenario: { type: 'string', default: 'https' },
    node: { type: 'string', default: process.execPath },
    /** Seconds before the first round, and of each round. */
    'warm-up': { type: 'string', default: '10' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '8' },
  },
});
const CONCURRENCY = 16;
const FLOOR_SERVER = fileURLToPath(new URL('floor-server.js', import.meta.url));

interface Measured {
  readonly label: string;
  readonly pid: number;
  readonly url: string;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** CPU milliseconds a request. */
async function measure({ pid, url }: Measured, seconds: number): Promise<number> {
  const before = processUsage(pid).cpuSeconds;
  const { probes } = await loadWith(url, { seconds, concurrency: CONCURRENCY });
  return ((processUsage(pid).cpuSeconds - before) * 1000) / probes;
}

async function compare(programs: readonly Measured[]): Promise<void> {
  for (const { url } of programs) await loadWith(url, { seconds: Number(values['warm-up']), concurrency: CONCURRENCY });
  const figures = new Map<Measured, number[]>(programs.map((program) => [program, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    const first = round % programs.length;
    for (const program of [...programs.slice(first), ...programs.slice(0, first)])
      figures.get(program)?.push(await measure(program, Number(values.seconds)));
  }
  const [peer = []] = figures.values();
  for (const [{ label }, ofOne] of figures) {
    const ratio = median(ofOne.map((ms, round) => ms / (peer[round] ?? NaN)));
    console.log(`${label}: ${median(ofOne).toFixed(3)} ms CPU a request, ${ratio.toFixed(2)} of the peer`);
  }
}

async function run(): Promise<void> {
  const scenario = SCENARIOS.find(({ name }) => name === values.scenario);
  if (scenario?.target !== 'http' && scenario?.target !== 'https') throw new Error('--scenario is http or https');
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-floor-'));
  const opened: (() => Promise<unknown>)[] = [];
  try {
    const identities = await makeIdentities();
    const ca = join(folder, 'ca.pem');
    const config = join(folder, 'blackbox.yml');
    writeFileSync(ca, identities.authority.cert);
    writeFileSync(config, benchConfig(ca));
    const targets = await startTargets(folder, identities.good);
    opened.push(targets.stop);
    const target = targets.of[scenario.target];
    const add = (program: Program): Program => {
      opened.push(() => program.service.stop());
      return program;
    };
    const probing = [add(await startPeer(config)), add(await startOurs(config, values.node))];
    for (const program of probing) await assertProbeSucceeds(program, scenario, target);
    const floor = await startChildService({
      command: values.node,
      args: [FLOOR_SERVER, target, ca],
      ready: /address=(\S+:\d+)/,
    });
    opened.push(() => floor.stop());
    await compare([
      ...probing.map((program) => {
        return { label: program.label, pid: program.service.pid, url: probeUrl(program, scenario, target) };
      }),
      { label: `nothing but a connection, Node ${values.node}`, pid: floor.pid, url: `http://${floor.address}/` },
    ]);
  } finally {
    for (const close of opened.reverse()) await close();
    rmSync(folder, { recursive: true });
  }
}

await run();

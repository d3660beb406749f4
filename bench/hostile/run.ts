// Puts hostile inputs to Sonde and to the real programs, and prints what they do to each: for how long the event loop
// is held, memory, and by how much probes exceed their deadlines. Ends with 1 if Sonde exceeds what a row allows.
// Loopback only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BEYOND_MS, DEADLINE_SECONDS, HELD_MS, type HostileRow } from './hostile-row.js';
import type { LoopFigures } from './loop-watch.js';
import { RowTargets } from './row-targets.js';
import { ROWS } from './rows/all-rows.js';
import { type Attack, type RowResult, runRow } from './run-row.js';
import { type ServiceName, startWatchedPeer, startWatchedSonde, type WatchedProgram } from './watched-program.js';

const USAGE = `usage: npm run bench:hostile -- [options]
  --row TEXT        only rows with TEXT in their name (repeatable)
  --group NAME      only rows of this group (repeatable): ${[...new Set(ROWS.map(({ group }) => group))].join(', ')}
  --at-once N       probes, or clients, at a time (8)
  --without-peer    Sonde alone
  --rounds N        all of it N times over in the same process, with its memory before and after a collection
                    of garbage behind each, and what it has open
  --profile         say where the longest hold of each row went (which makes it longer)
  --node PATH       the Node binary to run Sonde with`;

interface Options {
  readonly rows: readonly HostileRow[];
  readonly atOnce: number;
  readonly rounds: number;
  readonly withPeer: boolean;
  readonly isProfiled: boolean;
  readonly node: string;
}

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      row: { type: 'string', multiple: true, default: [] },
      group: { type: 'string', multiple: true, default: [] },
      'at-once': { type: 'string', default: '8' },
      rounds: { type: 'string', default: '1' },
      'without-peer': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      node: { type: 'string', default: process.execPath },
    },
  });
  const { row: names, group: groups } = values;
  const [atOnce = 0, rounds = 0] = (['at-once', 'rounds'] as const).map((name) => {
    if (!(Number(values[name]) >= 1))
      throw new Error(`Cannot use --${name} ${values[name]}: a whole number above 0 is needed`);
    return Number(values[name]);
  });
  const rows = ROWS.filter(
    ({ name, group }) =>
      (names.length === 0 || names.some((part) => name.includes(part))) &&
      (groups.length === 0 || groups.includes(group)),
  );
  if (rows.length === 0) throw new Error('Cannot find such a row');
  return {
    rows,
    atOnce,
    rounds,
    withPeer: !values['without-peer'],
    isProfiled: values.profile,
    node: values.node,
  };
}

/** JSON is YAML; every module has the name of its row. */
async function configOf(rows: readonly HostileRow[], targets: RowTargets): Promise<string> {
  const modules: (readonly [name: string, module: object])[] = [];
  for (const row of rows) {
    if (row.kind !== 'target') continue;
    const timeout = `${row.deadlineSeconds ?? DEADLINE_SECONDS}s`;
    modules.push([row.name, { timeout, ...(await targets.moduleOf(row)) }]);
  }
  return JSON.stringify({ modules: Object.fromEntries(modules) });
}

/** What a row needs to run. */
interface Wish {
  readonly service: ServiceName;
  readonly args: readonly string[];
  readonly hasPeer: boolean;
}

/** The programs that run, by what they are and how they are started: one process sees all the rows that are for it. */
class Programs {
  readonly #started = new Map<string, Promise<readonly WatchedProgram[]>>();
  readonly #start: (wish: Wish) => Promise<readonly WatchedProgram[]>;

  constructor(start: (wish: Wish) => Promise<readonly WatchedProgram[]>) {
    this.#start = start;
  }

  for(row: HostileRow): Promise<readonly WatchedProgram[]> {
    const service = row.kind === 'target' ? 'prober' : row.service;
    const args = row.kind === 'target' ? [] : (row.args ?? []);
    // The arguments of a client's row may be such that the real program does not start with them.
    const hasPeer = row.kind === 'target' || row.withoutPeer === undefined;
    const wish = { service, args, hasPeer };
    const key = JSON.stringify(wish);
    if (row.kind === 'client' && !this.#started.has(key)) row.prepare?.();
    const started = this.#started.get(key) ?? this.#start(wish);
    this.#started.set(key, started);
    return started;
  }

  async all(): Promise<readonly WatchedProgram[]> {
    return (await Promise.all(this.#started.values())).flat();
  }

  /** After a program is gone the next row gets new ones. */
  async stop(): Promise<void> {
    const all = await Promise.allSettled(this.#started.values());
    this.#started.clear();
    for (const started of all) {
      if (started.status === 'fulfilled') for (const { service } of started.value) await service.stop('SIGKILL');
    }
  }
}

function faults(row: HostileRow, { heldMs = 0, beyondMs = 0 }: RowResult): string[] {
  const allowed = row.heldMs ?? HELD_MS;
  return [
    ...(heldMs > allowed ? [`held for more than ${allowed} ms`] : []),
    ...(beyondMs > BEYOND_MS ? [`${BEYOND_MS} ms beyond the deadline`] : []),
  ];
}

/** Longer than idle check threads are kept. */
const AFTER_ROUND_MS = 35_000;
const COLUMNS = [
  ...['row', 'program', 'held ms', 'without gc ms', 'gap ms', 'healthy ms'],
  ...['peak MiB', 'after MiB', 'beyond ms', 'late ms', 'outcome'],
];

function line(row: HostileRow, program: string, result: RowResult): string {
  const { heldMs, withoutGcMs, gapMs, healthyMs, peakMib, afterMib, beyondMs, lateMs, outcome } = result;
  const figures = [heldMs, withoutGcMs, gapMs, healthyMs, peakMib, afterMib, beyondMs, lateMs].map(
    (figure) => figure?.toFixed(0) ?? '',
  );
  return `| ${[row.name, program, ...figures, outcome].join(' | ')} |`;
}

function print(text: string, wrong: readonly string[], where: readonly string[]): void {
  console.log(text + (wrong.length > 0 ? ` ← ${wrong.join(', ')}` : ''));
  for (const each of where) console.log(`    ${each}`);
}

/** Resolves to whether Sonde stayed within what the row allows. */
async function benchRow(row: HostileRow, programs: Programs, attack: Attack): Promise<boolean> {
  let fine = true;
  for (const program of await programs.for(row)) {
    if (program.isPeer && row.withoutPeer !== undefined) {
      console.log(`| ${row.name} | ${program.label} | ${row.withoutPeer} |`);
      continue;
    }
    try {
      const result = await runRow(row, program, attack);
      const wrong = program.isPeer ? [] : faults(row, result);
      if (wrong.length > 0) fine = false;
      print(line(row, program.label, result), wrong, result.where);
    } catch (error) {
      if (!program.isPeer) fine = false;
      console.log(`| ${row.name} | ${program.label} | ${String(error)} |\n${program.service.output().slice(-500)}`);
      await programs.stop();
      break;
    }
  }
  return fine;
}

/** What is left of a round once nothing is under attack any more. */
async function printMemory(round: number, programs: Programs): Promise<void> {
  await sleep(AFTER_ROUND_MS);
  for (const program of await programs.all()) {
    const [lying, collected] = [await program.figures(), await program.collectedFigures()];
    if (lying === undefined || collected === undefined) continue;
    console.log(`round ${round}: ${memoryOf(lying)}; collected: ${memoryOf(collected)}`);
    console.log(`    ${JSON.stringify(collected.resources)}`);
  }
}

function memoryOf({ residentMib, heapMib, externalMib, buffersMib }: LoopFigures): string {
  const [resident, heap, external, buffers] = [residentMib, heapMib, externalMib, buffersMib].map((mib) =>
    mib.toFixed(0),
  );
  return `resident ${resident}, heap ${heap}, external ${external}, buffers ${buffers} MiB`;
}

async function bench({ rows, atOnce, rounds, withPeer, isProfiled, node }: Options): Promise<boolean> {
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-hostile-'));
  const configFile = join(folder, 'blackbox.yml');
  const targets = new RowTargets();
  const peerConfigFile = join(folder, 'peer.yml');
  writeFileSync(configFile, await configOf(rows, targets));
  // It refuses a file with keys that it does not know.
  writeFileSync(
    peerConfigFile,
    await configOf(
      rows.filter(({ withoutPeer }) => withoutPeer === undefined),
      targets,
    ),
  );
  const programs = new Programs(async ({ service, args, hasPeer }) => {
    const options = { service, folder, configFile, args };
    const peer = withPeer && hasPeer ? await startWatchedPeer({ ...options, configFile: peerConfigFile }) : undefined;
    const ours = await startWatchedSonde(options, { node, isProfiled });
    return peer === undefined ? [ours] : [ours, peer];
  });
  const attack = { atOnce, targets, isCollected: rounds === 1 };
  let fine = true;
  console.log(`| ${COLUMNS.join(' | ')} |\n|${'---|'.repeat(COLUMNS.length)}`);
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const row of rows) fine = (await benchRow(row, programs, attack)) && fine;
      if (rounds > 1) await printMemory(round, programs);
    }
  } finally {
    await programs.stop();
    await targets.stopAll();
    rmSync(folder, { recursive: true });
  }
  return fine;
}

try {
  if (!(await bench(readOptions(process.argv.slice(2))))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${USAGE}`);
  process.exitCode = 1;
}

import { parseArgs } from 'node:util';
import { type Scenario, SCENARIOS } from './scenarios.js';

export interface BenchOptions {
  /** How long one round of one program takes. */
  readonly seconds: number;
  readonly rounds: number;
  /** Scrapes that are under way at any moment. */
  readonly concurrency: number;
  /** Each round starts the programs anew, and measures them after two seconds of load. */
  readonly isCold: boolean;
  /** The longest that a program is warmed up before a scenario. Not for cold ones. */
  readonly warmUpSeconds: number;
  readonly scenarios: readonly Scenario[];
  /** Node binaries that Sonde is run with. */
  readonly nodes: readonly string[];
  /** Folders of other builds of Sonde, which are run as well. */
  readonly builds: readonly string[];
  /** With how many workers Sonde is run as well, beside none. */
  readonly workers: readonly number[];
  /** Prints the tables as Markdown. */
  readonly markdown: boolean;
  /** A folder for CPU profiles of Sonde; the peer is then left out. */
  readonly profileFolder: string | undefined;
}

export const USAGE = `usage: npm run bench -- [options]
  --seconds N       length of a round of one program (5)
  --rounds N        rounds; every program has its turn in each (5)
  --concurrency N   scrapes at a time (32)
  --cold            start every program anew for each round, and measure it after 2 s of load
  --warm-up N       the longest warm-up of a program before a scenario, in seconds (60)
  --scenario NAME   only this one (repeatable): ${SCENARIOS.map(({ name }) => name).join(', ')}
  --node PATH       another Node binary to run Sonde with (repeatable), beside the one that runs this
  --build DIR       the folder of another build of Sonde, to run beside this one (repeatable)
  --workers N       run Sonde with --workers=N as well (repeatable), its processes together
  --markdown        print tables for README.md
  --cpu-prof DIR    profile Sonde into DIR instead of comparing it, and print where the time goes`;

/** Reads the command line. Throws an Error that says what is wrong with it. */
export function readBenchOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '32' },
      cold: { type: 'boolean', default: false },
      'warm-up': { type: 'string', default: '60' },
      scenario: { type: 'string', multiple: true, default: [] },
      node: { type: 'string', multiple: true, default: [] },
      build: { type: 'string', multiple: true, default: [] },
      workers: { type: 'string', multiple: true, default: [] },
      markdown: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
    },
  });
  return {
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    concurrency: positive('concurrency', values.concurrency),
    isCold: values.cold,
    warmUpSeconds: positive('warm-up', values['warm-up']),
    scenarios: values.scenario.length === 0 ? SCENARIOS.filter(isPossible) : values.scenario.map(findScenario),
    nodes: [process.execPath, ...values.node],
    builds: values.build,
    workers: values.workers.map((text) => positive('workers', text)),
    markdown: values.markdown,
    profileFolder: values['cpu-prof'],
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`Cannot use --${name} ${text}: a whole number above 0 is needed`);
  return value;
}

/** What is asked for by its name is tried; it ends with the program's own reason. */
function isPossible({ needsRoot }: Scenario): boolean {
  return needsRoot !== true || process.getuid?.() === 0;
}

function findScenario(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`Cannot find the scenario "${name}"`);
  return found;
}

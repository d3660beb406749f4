import { type Clock, secondsSince } from '../../values/clock.js';
import { ConfigError } from '../../values/config-error.js';

/** One source of metrics of a server, with statements of its own. */
export interface ServerCollector<Connection> {
  /** The name that the real exporter's flag has: `--collector.NAME`. */
  readonly name: string;
  /** Rejects with a StatementRefused where the server does not answer its question. */
  readonly collect: (connection: Connection) => Promise<void>;
}

/** A collector that a module can switch on and off. */
interface Switchable {
  readonly name: string;
  /** Whether it runs by default. */
  readonly isDefault: boolean;
}

/** The collectors that a module's `collectors` select. Throws a ConfigError for unknown names. */
export function chosenCollectors<C extends Switchable>(
  all: readonly C[],
  given: Readonly<Record<string, boolean>>,
): readonly C[] {
  const chosen = new Map(Object.entries(given));
  for (const name of chosen.keys()) {
    if (all.some((each) => each.name === name)) continue;
    const known = all.map((each) => each.name).join(', ');
    throw new ConfigError(`unknown collector; there are ${known}`, ['collectors', name]);
  }
  return all.filter(({ name, isDefault }) => chosen.get(name) ?? isDefault);
}

/** The server refused a statement, but keeps the connection: only the collector that sent it loses metrics. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
}

/** The end of one collector. */
export interface CollectorEnd {
  readonly name: string;
  readonly seconds: number;
  /** Absent if it has all that it asked for. */
  readonly refusal?: StatementRefused;
}

/** The options of a run of collectors. */
export interface CollectorRun {
  readonly clock: Clock;
  readonly onEnd: (end: CollectorEnd) => void;
  /** Whether they ask at once, and wait for each other's answers; otherwise one begins when another has ended. */
  readonly isAtOnce?: true;
}

/**
 * Runs collectors over one connection. If the server refuses a statement, its collector loses the metrics that it did
 * not set yet, and the others go on. Rejects with any other error.
 */
export async function runCollectors<Connection>(
  collectors: readonly ServerCollector<Connection>[],
  connection: Connection,
  { clock, onEnd, isAtOnce }: CollectorRun,
): Promise<void> {
  const run = async ({ name, collect }: ServerCollector<Connection>): Promise<void> => {
    const startedAt = clock.monotonicSeconds();
    const refusal = await refusalOf(collect(connection));
    onEnd({ name, seconds: secondsSince(startedAt, clock), ...(refusal && { refusal }) });
  };
  if (isAtOnce === true) await Promise.all(collectors.map(run));
  else for (const collector of collectors) await run(collector);
}

async function refusalOf(work: Promise<void>): Promise<StatementRefused | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof StatementRefused) return error;
    throw error;
  }
}

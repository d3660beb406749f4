import { type Clock, secondsSince } from '../../values/clock.js';

/** One source of metrics of a server, with statements of its own. */
export interface ServerCollector<Connection> {
  /** The name that the real exporter's flag has: `--collector.NAME`. */
  readonly name: string;
  /** Rejects with a StatementRefused where the server does not answer its question. */
  readonly collect: (connection: Connection) => Promise<void>;
}

/** The server refused a statement, and goes on with the connection: nobody but the one who asked has less for it. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
}

/** How one collector ended. */
export interface CollectorEnd {
  readonly name: string;
  readonly seconds: number;
  /** Absent if it has all that it asked for. */
  readonly refusal?: StatementRefused;
}

/**
 * Runs collectors one after the other over one connection. Where the server refuses a statement, the collector that
 * asked loses what it did not set yet, and the others go on. Rejects with whatever else goes wrong.
 */
export async function runCollectors<Connection>(
  collectors: readonly ServerCollector<Connection>[],
  connection: Connection,
  { clock, onEnd }: { readonly clock: Clock; readonly onEnd: (end: CollectorEnd) => void },
): Promise<void> {
  for (const { name, collect } of collectors) {
    const startedAt = clock.monotonicSeconds();
    const refusal = await refusalOf(collect(connection));
    onEnd({ name, seconds: secondsSince(startedAt, clock), ...(refusal && { refusal }) });
  }
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

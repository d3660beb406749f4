import type { MetricDefinition } from '../../metrics/metric-definition.js';
import type { ProbeContext } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import { loopTurns } from '../../values/loop-turns.js';
import { type CollectorEnd, runCollectors, type ServerCollector } from './run-collectors.js';

/** The metrics about the collectors of a prober, under its own names. */
export interface CollectorMetrics {
  readonly seconds: MetricDefinition<'collector'>;
  readonly success: MetricDefinition<'collector'>;
  /** Counts the collectors that lack something. */
  readonly refusals: MetricDefinition<never>;
  /** The label of a collector; undefined for one that the real exporter does not have as a collector. */
  readonly labelOf: (name: string) => string | undefined;
}

/** The options of a run of collectors that is reported. */
export interface ReportedRun {
  readonly metrics: CollectorMetrics;
  readonly context: ProbeContext;
  /** Whether they ask at once. */
  readonly isAtOnce?: true;
}

/** Runs collectors over one connection, and reports the duration and success of each. Rejects as runCollectors does. */
export async function runReported<Connection>(
  collectors: readonly ServerCollector<Connection>[],
  connection: Connection,
  { metrics: { seconds: duration, success, refusals, labelOf }, context, isAtOnce }: ReportedRun,
): Promise<void> {
  const { metrics, log, clock } = context;
  let refusedCount = 0;
  const onEnd = ({ name, seconds, refusal }: CollectorEnd): void => {
    if (refusal !== undefined) {
      refusedCount++;
      log.warn('The server does not answer a collector', { collector: name, err: refusal.message });
    }
    const collector = labelOf(name);
    if (collector === undefined) return;
    metrics.setWith(duration, { collector }, seconds);
    metrics.setWith(success, { collector }, refusal === undefined ? 1 : 0);
  };
  await runCollectors(collectors, connection, { clock, onEnd, ...(isAtOnce && { isAtOnce }) });
  metrics.set(refusals, refusedCount);
}

/**
 * Lets others have their turn, for one connection. What it returns rejects with a ProbeFailure with that log line once
 * the probe has ended.
 */
export function turnsWithin(signal: AbortSignal, message: string): () => Promise<void> {
  let had = 0;
  return async () => {
    await loopTurns.next(had++);
    if (signal.aborted) throw stepFailure(signal.reason, { phase: 'request', signal, message });
  };
}

/** A statement may take a quarter of the probe's time, so that one that does not end leaves time for others. */
const SHARE = 4;
const LONGEST_STATEMENT_MS = 60_000;

/** The time that a server may take for one statement, in milliseconds. */
export function statementTimeoutMs(timeoutSeconds: number): number {
  return Math.max(1, Math.min(LONGEST_STATEMENT_MS, Math.floor((timeoutSeconds * 1000) / SHARE)));
}

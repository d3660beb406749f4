import { MetricSet } from '../metrics/metric-set.js';
import type { Steps } from '../values/in-slices.js';
import { failedPhaseDuration, ProbeFailure, probeFailureInfo } from './failure.js';
import type { LogEntry } from './probe-log.js';
import { type ProbeOutcome, probeSuccess } from './run-probe.js';

/** The prefix of the metrics that say how a probe went; there are never many of them. */
const OF_PROBES = 'probe_';
/** Of all others so many series stay. */
const MOST_SERIES = 1000;
const MOST_CHARACTERS = 64 * 1024;
/** Series that are gone through before others may have their turn. */
const SERIES_A_STEP = 512;

/** Why an outcome is shortened that was none of a failure. */
export interface Shortening {
  readonly reason: 'response_timeout' | 'response_too_large' | 'overloaded';
  readonly err: string;
  /** How long its metrics were being written. */
  readonly seconds: number;
  readonly wallSeconds: number;
}

/**
 * Returns the outcome without most of the series that a server has chosen, for an answer that is to be short: its time
 * is up, or there is too much of it. A success becomes the failure that is given.
 */
export function* shortenedOutcome(outcome: ProbeOutcome, why?: Shortening): Steps<ProbeOutcome> {
  const metrics = new MetricSet();
  let index = -1;
  for (const { metric, labelValues, value } of outcome.metrics.rows) {
    if (++index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    const isEarly = index < MOST_SERIES && metrics.labelCharacters < MOST_CHARACTERS;
    if (isEarly || metric.name.startsWith(OF_PROBES)) metrics.append(metric, labelValues, value);
  }
  for (const family of outcome.metrics.added) metrics.add(family);
  if (outcome.failure !== undefined || why === undefined) return { ...outcome, metrics };
  const failure = new ProbeFailure('answer', why.reason, 'Cannot write the metrics', { err: why.err });
  const { phase, reason, message, fields } = failure;
  metrics.set(probeSuccess, 0);
  metrics.setWith(failedPhaseDuration, { phase }, why.seconds);
  metrics.setWith(probeFailureInfo, { phase, reason }, 1);
  const entry: LogEntry = {
    ...{ wallSeconds: why.wallSeconds, level: 'error', message },
    fields: { ...fields, series: outcome.metrics.rows.length, phase, reason },
  };
  return { ...outcome, metrics, failure, log: [...outcome.log, entry] };
}

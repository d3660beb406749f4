import { gauge } from '../metrics/metric-definition.js';
import { MetricSet } from '../metrics/metric-set.js';
import { type CancelTimer, type Clock, secondsSince } from '../values/clock.js';
import { failedPhaseDuration, ProbeFailure, probeFailureInfo } from './failure.js';
import { PhaseMarks } from './phase-marks.js';
import { TargetPolicy } from './policy/target-policy.js';
import type { ProbeEnd } from './probe-abort.js';
import { type LogEntry, ProbeLog } from './probe-log.js';
import type { Probe, ProbeRequest } from './prober.js';
import { ProbeNotes } from './report/probe-notes.js';
import type { ProbeTrace } from './report/probe-report.js';
import { type Traced, traceProbe } from './report/trace-probe.js';
import { maskTexts, type TextMask } from './text-mask.js';

const probeSuccess = gauge('probe_success', 'Displays whether or not the probe was a success');
const probeDuration = gauge('probe_duration_seconds', 'Returns how long the probe took to complete in seconds');
const probeTimeout = gauge('probe_timeout_seconds', 'Returns how long the probe timeout is in seconds');
const probeQueue = gauge('probe_queue_seconds', 'How long the probe waited for its turn; absent if it did not wait');

/** One probe that is to be run. */
export interface ProbeRun {
  readonly probe: Probe;
  readonly request: ProbeRequest;
  /** May be zero, negative or NaN: the probe then fails at once, as upstream's does. */
  readonly timeoutSeconds: number;
  /** Made for this probe; the caller cancels it when nobody waits for the result any more. */
  readonly end: ProbeEnd;
  readonly clock: Clock;
  readonly logSink?: (entry: LogEntry) => void;
  /** Replaces what must not be shown of the module. */
  readonly mask?: TextMask;
  /** How long it has waited for its turn; its timeout has begun before. */
  readonly waitedSeconds?: number;
  /** Whether somebody wants to see what a successful probe met; a failed one always tells. */
  readonly isTraced?: boolean;
}

/** What one probe gave. */
export interface ProbeOutcome {
  readonly metrics: MetricSet;
  readonly log: readonly LogEntry[];
  readonly durationSeconds: number;
  /** Absent if the probe succeeded. */
  readonly failure?: ProbeFailure;
  /** What the probe met on its way; absent from successes that nobody asked to trace. */
  readonly trace?: ProbeTrace;
}

/**
 * Runs one probe against its deadline and sets the gauges that every probe has.
 * Rejects only when the prober threw something other than a ProbeFailure: that is a bug of ours.
 */
export async function runProbe(run: ProbeRun): Promise<ProbeOutcome> {
  const { clock, timeoutSeconds, end } = run;
  let metrics = new MetricSet();
  const log = new ProbeLog(clock, run.logSink, run.mask);
  const stopTimer = startTimer(run);
  log.debug('Beginning probe', { timeout_seconds: timeoutSeconds });
  const startedAt = clock.monotonicSeconds();
  const marks = new PhaseMarks(clock);
  const notes = new ProbeNotes();
  let failure: ProbeFailure | undefined;
  try {
    const policy = TargetPolicy.ALLOW_ALL;
    await run.probe(run.request, { signal: end.signal, timeoutSeconds, metrics, log, clock, marks, policy, notes });
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    failure = maskedFailure(error, run.mask);
    // What was measured on the way to a denied target would tell of it.
    if (error.reason === 'target_denied') metrics = new MetricSet();
    else metrics.setWith(failedPhaseDuration, { phase: error.phase }, marks.secondsIn(error.phase));
  } finally {
    stopTimer?.();
  }
  const durationSeconds = secondsSince(startedAt, clock);
  const trace = traceOf(run, { notes, marks, failure });
  metrics.set(probeSuccess, failure === undefined ? 1 : 0);
  metrics.set(probeDuration, durationSeconds);
  setTimes(metrics, run);
  if (failure === undefined) log.debug('Probe succeeded', { duration_seconds: durationSeconds });
  else reportFailure(failure, { metrics, log, timings: timingsOf(failure, durationSeconds, marks) });
  return { metrics, log: log.entries, durationSeconds, ...(failure && { failure }), ...(trace && { trace }) };
}

function setTimes(metrics: MetricSet, { timeoutSeconds, waitedSeconds = 0 }: ProbeRun): void {
  metrics.set(probeTimeout, timeoutSeconds);
  if (waitedSeconds > 0) metrics.set(probeQueue, waitedSeconds);
}

/** What is told of the probe once it has ended: of failures, and where somebody wants to know. */
function traceOf(run: ProbeRun, ended: Pick<Traced, 'notes' | 'marks' | 'failure'>): ProbeTrace | undefined {
  if (ended.failure === undefined && run.isTraced !== true) return undefined;
  const trace = traceProbe({ ...ended, target: run.request.target, nowSeconds: run.clock.wallSeconds() });
  return run.mask === undefined ? trace : maskTexts(trace, run.mask);
}

function maskedFailure(failure: ProbeFailure, mask: TextMask | undefined): ProbeFailure {
  if (mask === undefined) return failure;
  const { phase, reason, message, fields } = failure;
  return new ProbeFailure(phase, reason, mask(message), maskTexts(fields, mask));
}

interface FailureReport {
  readonly metrics: MetricSet;
  readonly log: ProbeLog;
  readonly timings: Readonly<Record<string, number>>;
}

function reportFailure({ phase, reason, message, fields }: ProbeFailure, report: FailureReport): void {
  const { metrics, log, timings } = report;
  metrics.setWith(probeFailureInfo, { phase, reason }, 1);
  log.error(message, { ...fields, phase, reason });
  log.error('Probe failed', { phase, reason, ...timings });
}

/** The times of a denied probe's phases would tell whether there was a name to resolve. */
function timingsOf({ reason }: ProbeFailure, durationSeconds: number, marks: PhaseMarks): FailureReport['timings'] {
  const whole = { duration_seconds: durationSeconds };
  return reason === 'target_denied' ? whole : { ...whole, ...marks.timings() };
}

/** Ends the probe when its time is up, which may be at once. */
function startTimer({ clock, timeoutSeconds, waitedSeconds = 0, end }: ProbeRun): CancelTimer | undefined {
  const leftSeconds = timeoutSeconds - waitedSeconds;
  if (!(leftSeconds > 0)) end.expire();
  else if (leftSeconds !== Infinity) {
    return clock.after(leftSeconds, () => {
      end.expire();
    });
  }
  return undefined;
}

import { gauge } from '../metrics/metric-definition.js';
import { MetricSet } from '../metrics/metric-set.js';
import { type CancelTimer, type Clock, secondsSince, wholeNanoseconds } from '../values/clock.js';
import { loopTurns } from '../values/loop-turns.js';
import { urlPasswords } from '../values/masked-text.js';
import { Secret } from '../values/secret.js';
import { failedPhaseDuration, ProbeFailure, probeFailureInfo } from './failure.js';
import type { LoopLateness } from './loop-lateness.js';
import { PhaseMarks, type PhaseTime } from './phase-marks.js';
import { TargetPolicy } from './policy/target-policy.js';
import type { ProbeEnd } from './probe-abort.js';
import { type LogEntry, ProbeLog } from './probe-log.js';
import type { ConnectionPlace, Probe, ProbeContext, ProbeRequest } from './prober.js';
import { ProbeNotes } from './report/probe-notes.js';
import type { ProbeTrace } from './report/probe-report.js';
import { type Traced, traceProbe } from './report/trace-probe.js';
import { maskTexts, type TextMask } from './text-mask.js';
import { UsedSecrets } from './used-secrets.js';

/** The metric that says whether a probe succeeded. */
export const probeSuccess = gauge('probe_success', 'Displays whether or not the probe was a success');
const probeDuration = gauge('probe_duration_seconds', 'Returns how long the probe took to complete in seconds');
const probeTimeout = gauge('probe_timeout_seconds', 'Returns how long the probe timeout is in seconds');
/** The metric of probes that measure the lateness of the event loop. */
export const measurementUncertainty = gauge(
  'probe_measurement_uncertainty_seconds',
  'The longest that the event loop was late while the probe ran: by so much its times may be too long',
);
const probeQueue = gauge('probe_queue_seconds', 'How long the probe waited for its turn; absent if it did not wait');

/** One probe that is to be run. */
export interface ProbeRun {
  readonly probe: Probe;
  readonly request: ProbeRequest;
  /** The timeout. It may be zero, negative or NaN: the probe then fails at once, as upstream's does. */
  readonly timeoutSeconds: number;
  /** The end of this probe; the caller cancels it when nobody waits for the result any more. */
  readonly end: ProbeEnd;
  readonly clock: Clock;
  readonly logSink?: (entry: LogEntry) => void;
  /** Masks what must not be shown of the module; passwords in the target are masked without it. */
  readonly mask?: TextMask | undefined;
  /** How long the probe has waited for its turn; its timeout began before that. */
  readonly waitedSeconds?: number;
  /** Whether a successful probe keeps its trace; a failed one always does. */
  readonly isTraced?: boolean;
  /** Whether the outcome has the duration of each phase. */
  readonly isTimed?: boolean;
  /** The place of a connection that outlives the probe. */
  readonly place?: ConnectionPlace | undefined;
  /** An empty set for the metrics; a new one where absent. */
  readonly metrics?: MetricSet | undefined;
  /** The lateness of the event loop; present if the metrics are to report it. */
  readonly lateness?: LoopLateness;
}

/** The result of one probe. */
export interface ProbeOutcome {
  readonly metrics: MetricSet;
  readonly log: readonly LogEntry[];
  readonly durationSeconds: number;
  /** Absent if the probe succeeded. */
  readonly failure?: ProbeFailure;
  /** The hops, checks and excerpt of the probe; absent from successes that were not traced. */
  readonly trace?: ProbeTrace;
  /** The duration of each phase, if the run asked for it; empty if the target was denied. */
  readonly phases?: readonly PhaseTime[];
}

/**
 * Runs one probe against its deadline and sets the gauges that every probe has.
 * Rejects only when the prober threw something other than a ProbeFailure: that is a bug of ours.
 */
export async function runProbe(run: ProbeRun): Promise<ProbeOutcome> {
  const { clock, timeoutSeconds } = run;
  let [metrics, failure]: [MetricSet, ProbeFailure?] = [run.metrics ?? new MetricSet()];
  const [secrets, stopTimer] = [secretsOf(run), startTimer(run)];
  const log = new ProbeLog(clock, run.logSink, secrets);
  log.debug('Beginning probe', { timeout_seconds: timeoutSeconds });
  const [startedAt, endWatch] = [clock.monotonicSeconds(), run.lateness?.watch()];
  const [marks, notes] = [new PhaseMarks(clock), new ProbeNotes()];
  try {
    await run.probe(run.request, contextOf(run, { metrics, log, marks, notes, secrets }));
    marks.end();
  } catch (error) {
    marks.end();
    if (!(error instanceof ProbeFailure)) throw error;
    failure = maskedFailure(error, secrets.mask);
    // Measurements made before the target was denied would reveal facts about it; very many have no room.
    if (error.reason === 'target_denied' || error.reason === 'overloaded') metrics = new MetricSet();
    else metrics.setWith(failedPhaseDuration, { phase: error.phase }, marks.secondsIn(error.phase));
  } finally {
    stopTimer?.();
    setLateness(metrics, endWatch);
  }
  const durationSeconds = secondsSince(startedAt, clock);
  // Many probes may end at the same moment, by their deadline or because their target is gone.
  if (loopTurns.isDue || loopTurns.isOver()) await loopTurns.soon();
  const trace = traceOf(run, { notes, marks, failure }, secrets.mask);
  metrics.set(probeSuccess, failure === undefined ? 1 : 0);
  setTimes(metrics, durationSeconds, run);
  if (failure === undefined) log.debug('Probe succeeded', { duration_seconds: durationSeconds });
  else reportFailure(failure, { metrics, log, timings: timingsOf(failure, durationSeconds, marks) });
  return outcomeOf({ metrics, log: log.entries, durationSeconds }, run, { failure, trace, marks });
}

/** A server, or an error, may repeat the password of the target. */
function secretsOf({ mask, request: { target } }: ProbeRun): UsedSecrets {
  const secrets = new UsedSecrets(mask);
  for (const password of urlPasswords(target)) secrets.use(new Secret(password));
  return secrets;
}

type OwnParts = Pick<ProbeContext, 'metrics' | 'log' | 'marks' | 'notes' | 'secrets'>;

/** Names each field: for each copy of an object to which something is added, V8 11 makes new hidden classes. */
function contextOf(run: ProbeRun, { metrics, log, marks, notes, secrets }: OwnParts): ProbeContext {
  const { end, timeoutSeconds, place, clock } = run;
  const policy = TargetPolicy.ALLOW_ALL;
  return { signal: end.signal, timeoutSeconds, policy, place, metrics, log, clock, marks, notes, secrets };
}

function setLateness(metrics: MetricSet, endWatch: (() => number) | undefined): void {
  const lateSeconds = endWatch?.();
  if (lateSeconds !== undefined) metrics.set(measurementUncertainty, wholeNanoseconds(lateSeconds));
}

function setTimes(metrics: MetricSet, durationSeconds: number, run: ProbeRun): void {
  const { timeoutSeconds, waitedSeconds = 0 } = run;
  metrics.set(probeDuration, durationSeconds);
  metrics.set(probeTimeout, timeoutSeconds);
  if (waitedSeconds > 0) metrics.set(probeQueue, waitedSeconds);
}

/** The trace of the finished probe, masked, if it failed or the run asked for a trace. */
function traceOf(
  run: ProbeRun,
  ended: Pick<Traced, 'notes' | 'marks' | 'failure'>,
  mask: TextMask | undefined,
): ProbeTrace | undefined {
  if (ended.failure === undefined && run.isTraced !== true) return undefined;
  const trace = traceProbe({ ...ended, target: run.request.target, nowSeconds: run.clock.wallSeconds() });
  return mask === undefined ? trace : maskTexts(trace, mask);
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

/** Adds the parts that only some outcomes have. */
function outcomeOf(
  outcome: { -readonly [K in keyof ProbeOutcome]: ProbeOutcome[K] },
  { isTimed = false }: ProbeRun,
  { failure, trace, marks }: { failure: ProbeFailure | undefined; trace: ProbeTrace | undefined; marks: PhaseMarks },
): ProbeOutcome {
  if (failure !== undefined) outcome.failure = failure;
  if (trace !== undefined) outcome.trace = trace;
  if (isTimed) outcome.phases = failure?.reason === 'target_denied' ? [] : marks.totals();
  return outcome;
}

/** Ends the probe when its time is up, which may be at once. */
function startTimer({ clock, timeoutSeconds, waitedSeconds = 0, end }: ProbeRun): CancelTimer | undefined {
  const leftSeconds = timeoutSeconds - waitedSeconds;
  if (!(leftSeconds > 0)) end.expire();
  else if (leftSeconds !== Infinity) {
    return clock.after(leftSeconds, () => {
      // Probes that began together run out of time together, and each has connections and buffers to let go of. All of
      // them do so before the first is reported: what a target sends meanwhile takes time, too.
      if (!loopTurns.isDue && !loopTurns.isOver()) end.expire();
      else
        void loopTurns.due().then(() => {
          end.expire();
        });
    });
  }
  return undefined;
}

import { metricSetText } from '../../metrics/metric-set-text.js';
import type { Steps } from '../../values/in-slices.js';
import { maskUrlPasswords } from '../../values/masked-text.js';
import { FAILURE_REASONS, type ProbeFailure } from '../failure.js';
import { FAILURE_ADVICE } from '../failure-advice.js';
import type { Fields } from '../fields.js';
import type { HistoryItem } from '../history.js';
import type { LogEntry } from '../probe-log.js';
import { measurementUncertainty } from '../run-probe.js';
import type { FailureReport, LogLineReport, ProbeReport, ProbeTrace } from './probe-report.js';

/** A report has the first and the last lines of a long log. */
const MOST_LINES_AT_START = 150;
const MOST_LINES_AT_END = 50;
/** The longest text of metrics, and of a module, in characters. */
const LONGEST_TEXT = 256 * 1024;

const NO_TRACE: ProbeTrace = { hops: [], checks: [] };

/**
 * The report of a probe that has ended, passwords in URLs masked as in logs. A success whose trace nobody asked for has
 * neither hops nor checks.
 */
export function* buildReport({ target, module, outcome, describe }: HistoryItem): Steps<ProbeReport> {
  const { failure, log, durationSeconds, metrics, trace = NO_TRACE } = outcome;
  const uncertaintySeconds = metrics.get(measurementUncertainty);
  return {
    version: 1,
    target: maskUrlPasswords(target),
    module,
    time: timeText(log[0]?.wallSeconds ?? 0),
    success: failure === undefined,
    durationSeconds,
    ...(uncertaintySeconds !== undefined && { uncertaintySeconds }),
    ...(failure !== undefined && { failure: failureReport(failure) }),
    ...trace,
    log: logLines(log),
    metrics: (yield* metricSetText(metrics, LONGEST_TEXT)).slice(0, LONGEST_TEXT),
    moduleConfig: describe().slice(0, LONGEST_TEXT),
  };
}

function failureReport({ phase, reason, message, fields }: ProbeFailure): FailureReport {
  const explanation = FAILURE_REASONS[reason];
  return {
    phase,
    reason,
    message: maskUrlPasswords(message),
    fields: masked(fields),
    explanation,
    advice: FAILURE_ADVICE[reason],
  };
}

function logLines(log: readonly LogEntry[]): readonly LogLineReport[] {
  const most = MOST_LINES_AT_START + MOST_LINES_AT_END;
  const shown = log.length <= most ? log : [...log.slice(0, MOST_LINES_AT_START), ...log.slice(-MOST_LINES_AT_END)];
  return shown.map(({ wallSeconds, level, message, fields }) => ({
    time: timeText(wallSeconds),
    level,
    message: maskUrlPasswords(message),
    fields: masked(fields),
  }));
}

function masked(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? maskUrlPasswords(value) : value]),
  );
}

function timeText(wallSeconds: number): string {
  return new Date(wallSeconds * 1000).toISOString();
}

import type { ProbeReport } from '../../probe/report/probe-report.js';
import { causeText, secondsText } from '../../probe/report/report-words.js';
import { shownControls } from '../../probe/report/shown-excerpt.js';
import type { Paint } from './paint.js';

const SPARKS = '▁▂▃▄▅▆▇█';
const MOST_SPARKS = 20;
/** The most figures that are kept of one target: a day of one a second. */
const MOST_KEPT = 86_400;

/** Statistics of the repeated probes of one target. */
export class WatchedTarget {
  readonly #name: string;
  /** The durations of the successes, in seconds. */
  readonly #successes: number[] = [];
  /** The last results; a failure is NaN. */
  #last: number[] = [];
  #probes = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get failures(): number {
    return this.#probes - this.#successes.length;
  }

  /** Takes a result, and gives its line. */
  add(report: ProbeReport, paint: Paint): string {
    this.#probes++;
    const { failure, durationSeconds } = report;
    if (failure === undefined && this.#successes.length < MOST_KEPT) this.#successes.push(durationSeconds);
    this.#last = [...this.#last, failure === undefined ? durationSeconds : NaN].slice(-MOST_SPARKS);
    const time = report.time.slice(11, 19);
    const verdict = failure === undefined ? paint.good('OK    ') : paint.bad('FAILED');
    const why = failure === undefined ? '' : `  ${causeText(report, failure)}`;
    const took = secondsText(durationSeconds).padStart(9);
    return `${time}  ${verdict} ${took}  ${sparkline(this.#last).padEnd(MOST_SPARKS)}  ${shownControls(this.#name)}${why}\n`;
  }

  /** Loss and percentiles, in one line. */
  summary(): string {
    const loss = this.#probes === 0 ? 0 : (100 * this.failures) / this.#probes;
    const sorted = [...this.#successes].sort((one, other) => one - other);
    const figures = (
      [
        ['min', 0],
        ['median', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
        ['max', 1],
      ] as const
    ).map(([name, share]) => `${name} ${secondsText(percentile(sorted, share))}`);
    const shown = sorted.length === 0 ? '' : `, ${figures.join(', ')}`;
    return `${shownControls(this.#name)}: ${this.#probes} probes, ${this.failures} failed (${loss.toFixed(1)} %)${shown}\n`;
  }
}

/** The smallest value that at least this share of the values does not exceed (nearest rank). */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function sparkline(values: readonly number[]): string {
  const largest = Math.max(0, ...values.filter((value) => !Number.isNaN(value)));
  return values
    .map((value) =>
      Number.isNaN(value)
        ? '✗'
        : (SPARKS[largest === 0 ? 0 : Math.round((value / largest) * (SPARKS.length - 1))] ?? ''),
    )
    .join('');
}

/** A line for each of several targets, failures first. */
export function targetsTable(
  rows: readonly { readonly name: string; readonly report: ProbeReport }[],
  paint: Paint,
): string {
  const width = Math.min(60, Math.max(...rows.map(({ name }) => name.length)));
  return [...rows]
    .sort((one, other) => Number(one.report.success) - Number(other.report.success))
    .map(({ name, report }) => {
      const verdict = report.success ? paint.good('OK    ') : paint.bad('FAILED');
      const why = report.failure === undefined ? '' : `  ${causeText(report, report.failure)}`;
      return `${verdict}  ${shownControls(name).padEnd(width)}  ${secondsText(report.durationSeconds).padStart(9)}${why}\n`;
    })
    .join('');
}

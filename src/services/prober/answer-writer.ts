import { longSetPieces, writtenWithin } from '../../http/answers/long-answer.js';
import { isLong, wantedFormat, type WrittenMetrics } from '../../http/answers/send-metrics.js';
import type { WebRequest } from '../../http/exchange.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { ProbeOutcome } from '../../probe/run-probe.js';
import { shortenedOutcome } from '../../probe/shortened-outcome.js';
import type { Clock } from '../../values/clock.js';
import { inSlices } from '../../values/in-slices.js';

/** The metrics of a long set as pieces of the answer. */
export type LongPieces = (metrics: MetricSet) => Iterable<Buffer>;

const PROBLEMS = {
  late: { reason: 'response_timeout', err: 'context deadline exceeded' },
  'too large': { reason: 'response_too_large', err: 'the metrics of the server take more than 64 MiB' },
} as const;

/**
 * Writes the answers of probes whose servers gave very many series, within the time of the probe: whoever asked waits
 * no longer than that, and an answer without most of the series is better than none.
 */
export class AnswerWriter {
  readonly #request: WebRequest;
  readonly #clock: Clock;
  readonly #pieces: LongPieces;
  #written: WrittenMetrics | undefined;

  /** `pieces` has to be given where the answer is not just the metrics of the probe. */
  constructor(request: WebRequest, clock: Clock, pieces?: LongPieces) {
    this.#request = request;
    this.#clock = clock;
    this.#pieces = pieces ?? ((metrics) => longSetPieces(metrics, wantedFormat(request)));
  }

  /** The answer; undefined if the metrics are not many, or most were left out. */
  get written(): WrittenMetrics | undefined {
    return this.#written;
  }

  /** Writes the metrics of an outcome if they are many. Returns the outcome that is to be answered. */
  readonly writeLong = (outcome: ProbeOutcome, dueSeconds: number): ProbeOutcome | Promise<ProbeOutcome> =>
    isLong(outcome.metrics) ? this.#write(outcome, dueSeconds) : outcome;

  async #write(outcome: ProbeOutcome, dueSeconds: number): Promise<ProbeOutcome> {
    const clock = this.#clock;
    const startedAt = clock.monotonicSeconds();
    const isLate = (): boolean => clock.monotonicSeconds() >= dueSeconds;
    const made = await writtenWithin(wantedFormat(this.#request), this.#pieces(outcome.metrics), isLate);
    if (typeof made === 'object') {
      this.#written = made;
      return outcome;
    }
    const seconds = clock.monotonicSeconds() - startedAt;
    const why = { ...PROBLEMS[made], seconds, wallSeconds: clock.wallSeconds() };
    return inSlices(shortenedOutcome(outcome, why));
  }
}

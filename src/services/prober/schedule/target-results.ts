import type { MetricFamily } from '../../../metrics/metric-family.js';
import type { FailureReason, Phase } from '../../../probe/failure.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import { DurationCounts } from './duration-counts.js';
import type { PackedMetrics } from './packed-metrics.js';

/** The metrics of one scheduled probe. */
export interface ResultMetrics {
  readonly metrics: PackedMetrics;
  /** When the probe began, in seconds since the Unix epoch. */
  readonly startedSeconds: number;
}

/** What is counted of a target, as it was at one moment; the histograms go on. */
export type ResultCounts = Pick<
  TargetResults,
  'attempts' | 'successes' | 'failures' | 'startedSeconds' | 'durations' | 'phases'
>;

/** The results of all scheduled probes of one target. */
export class TargetResults {
  #attempts = 0;
  #successes = 0;
  readonly #failures = new Map<FailureReason, number>();
  readonly #durations = new DurationCounts();
  readonly #phases = new Map<Phase, DurationCounts>();
  #last: PackedMetrics | undefined;
  #startedSeconds = 0;

  /** Adds a result. */
  add({ failure, durationSeconds, phases = [] }: ProbeOutcome, { metrics, startedSeconds }: ResultMetrics): void {
    this.#attempts++;
    if (failure === undefined) this.#successes++;
    else this.#failures.set(failure.reason, (this.#failures.get(failure.reason) ?? 0) + 1);
    this.#durations.observe(durationSeconds);
    for (const { phase, seconds } of phases) this.#phase(phase).observe(seconds);
    this.#last = metrics;
    this.#startedSeconds = startedSeconds;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get successes(): number {
    return this.#successes;
  }

  get failures(): ReadonlyMap<FailureReason, number> {
    return this.#failures;
  }

  get durations(): DurationCounts {
    return this.#durations;
  }

  get phases(): ReadonlyMap<Phase, DurationCounts> {
    return this.#phases;
  }

  /** The metrics of the last probe, as `/probe` would have answered; undefined before the first probe. */
  get last(): PackedMetrics | undefined {
    return this.#last;
  }

  /** When the last probe began, in seconds since the Unix epoch. */
  get startedSeconds(): number {
    return this.#startedSeconds;
  }

  /**
   * The counts of now, which agree with each other however long it takes to write them. The histograms are not copied:
   * those of thousands of targets would be a megabyte each time.
   */
  counts(): ResultCounts {
    return {
      ...{ attempts: this.#attempts, successes: this.#successes, startedSeconds: this.#startedSeconds },
      ...{ failures: new Map(this.#failures), durations: this.#durations, phases: this.#phases },
    };
  }

  /** The families of the last probe that a MetricSet keeps whole, such as histograms. */
  get added(): readonly MetricFamily[] {
    return this.#last?.added ?? [];
  }

  #phase(phase: Phase): DurationCounts {
    let counts = this.#phases.get(phase);
    if (counts === undefined) this.#phases.set(phase, (counts = new DurationCounts()));
    return counts;
  }
}

import type { HistogramSample, Label, Sample } from '../../../metrics/metric-family.js';
import { NativeCounts } from '../../../metrics/native/native-counts.js';

/** Bounds in seconds, from a fast answer inside one machine room to the longest usual timeout. */
const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** The forms of a histogram's buckets in the exposition. */
export type BucketForm = 'classic' | 'native' | 'both';

/** Durations as a histogram with classic and native buckets. */
export class DurationCounts {
  /** The counts of the classic buckets, not cumulative; the last one counts durations above all bounds. */
  readonly #classic: number[] = Array.from({ length: BOUNDS_SECONDS.length + 1 }, () => 0);
  readonly #native = new NativeCounts();
  #sum = 0;
  #count = 0;

  observe(seconds: number): void {
    const fitting = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const at = fitting < 0 ? BOUNDS_SECONDS.length : fitting;
    this.#classic[at] = (this.#classic[at] ?? 0) + 1;
    this.#native.observe(seconds);
    this.#sum += seconds;
    this.#count++;
  }

  /** The histogram as it is now, as a series with these labels. */
  sample(labels: readonly Label[], form: BucketForm): Sample & HistogramSample {
    const native = form === 'classic' ? {} : { native: this.#native.snapshot() };
    const buckets = form === 'native' ? [] : this.#buckets();
    return { kind: 'histogram', labels, buckets, sum: this.#sum, count: this.#count, ...native };
  }

  #buckets(): HistogramSample['buckets'] {
    let cumulativeCount = 0;
    return this.#classic.map((count, index) => {
      cumulativeCount += count;
      return { upperBound: BOUNDS_SECONDS[index] ?? Infinity, cumulativeCount };
    });
  }
}

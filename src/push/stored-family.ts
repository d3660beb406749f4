import { type EscapingScheme, isLegacyName } from '../metrics/escape-name.js';
import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { compareSamples } from '../metrics/sort-families.js';
import { writeFamilies } from '../metrics/write-text.js';
import type { PushedFamily } from './pushed-group.js';

/** A family in the store, with everything that was computed from it, until another family replaces it. */
export class StoredFamily implements PushedFamily {
  readonly family: MetricFamily;
  readonly pushedAtSeconds: number;
  /** The number of series as Prometheus counts them. */
  readonly seriesCount: number;
  /** An estimate of its memory, in bytes. */
  readonly heapBytes: number;
  #lines: Buffer | undefined;
  #hasOddNames: boolean | undefined;

  constructor({ family, pushedAtSeconds }: PushedFamily) {
    this.family = family;
    this.pushedAtSeconds = pushedAtSeconds;
    this.seriesCount = countSeries(family);
    this.heapBytes = estimateBytes(family, this.seriesCount);
  }

  /**
   * Returns its samples in the text format, without HELP and TYPE. They are written once, unless a name needs escaping.
   */
  lines(escaping: EscapingScheme): Buffer {
    this.#hasOddNames ??= hasOddNames(this.family);
    if (this.#hasOddNames) return writeLines(this.family, escaping);
    this.#lines ??= writeLines(this.family, escaping);
    return this.#lines;
  }
}

/** Writes the samples of a family in the text format, in upstream's order, without HELP and TYPE. */
export function writeLines({ help: _help, ...family }: MetricFamily, escaping: EscapingScheme): Buffer {
  const text = writeFamilies([{ ...family, samples: family.samples.toSorted(compareSamples) }], escaping);
  return Buffer.from(text.slice(text.indexOf('\n') + 1));
}

function hasOddNames({ name, samples }: MetricFamily): boolean {
  return !isLegacyName(name) || samples.some(({ labels }) => labels.some((label) => !isLegacyName(label.name)));
}

/**
 * The memory of a family with its entries in the store, of a series and of a label, in bytes without their texts
 * (measured with V8 11 and 13).
 */
const FAMILY_BYTES = 1024;
const SERIES_BYTES = 96;
const LABEL_BYTES = 48;

/** Texts count for each series, although equal texts are often shared. */
function estimateBytes({ name, help = '', samples }: MetricFamily, seriesCount: number): number {
  let bytes = FAMILY_BYTES + name.length + help.length + seriesCount * SERIES_BYTES;
  for (const { labels } of samples) {
    for (const label of labels) bytes += LABEL_BYTES + label.name.length + label.value.length;
  }
  return bytes;
}

/**
 * Returns the number of series of a family as Prometheus counts them: a histogram has one for each bucket, one for its
 * sum and one for its count.
 */
export function countSeries({ samples }: MetricFamily): number {
  return samples.reduce((count, sample) => count + seriesOf(sample), 0);
}

function seriesOf(sample: Sample): number {
  switch (sample.kind) {
    case 'value':
      return 1;
    case 'summary':
      return sample.quantiles.length + 2;
    case 'histogram': {
      const native = sample.native;
      return sample.buckets.length + 2 + (native?.positive.counts.length ?? 0) + (native?.negative.counts.length ?? 0);
    }
  }
}

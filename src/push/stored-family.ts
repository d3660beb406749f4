import type { EscapingScheme } from '../metrics/escape-name.js';
import { isLegacyName } from '../metrics/escape-name.js';
import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { compareSamples } from '../metrics/sort-families.js';
import { writeFamilies } from '../metrics/write-text.js';
import type { PushedFamily } from './pushed-group.js';

/** A family in the store, with what was worked out of it, until another takes its place. */
export class StoredFamily implements PushedFamily {
  readonly family: MetricFamily;
  readonly pushedAtSeconds: number;
  /** How many series Prometheus will see. */
  readonly seriesCount: number;
  /** About what it takes of the heap. */
  readonly heapBytes: number;
  #lines: Buffer | undefined;
  #hasOddNames: boolean | undefined;

  constructor({ family, pushedAtSeconds }: PushedFamily) {
    this.family = family;
    this.pushedAtSeconds = pushedAtSeconds;
    this.seriesCount = countSeries(family);
    this.heapBytes = estimateBytes(family, this.seriesCount);
  }

  /** Its samples in the text format, without HELP and TYPE; written once, as long as no name needs escaping. */
  lines(escaping: EscapingScheme): Buffer {
    this.#hasOddNames ??= hasOddNames(this.family);
    if (this.#hasOddNames) return writeLines(this.family, escaping);
    this.#lines ??= writeLines(this.family, escaping);
    return this.#lines;
  }
}

/** The samples of a family in the text format, in upstream's order, without HELP and TYPE. */
export function writeLines({ help: _help, ...family }: MetricFamily, escaping: EscapingScheme): Buffer {
  const text = writeFamilies([{ ...family, samples: family.samples.toSorted(compareSamples) }], escaping);
  return Buffer.from(text.slice(text.indexOf('\n') + 1));
}

function hasOddNames({ name, samples }: MetricFamily): boolean {
  return !isLegacyName(name) || samples.some(({ labels }) => labels.some((label) => !isLegacyName(label.name)));
}

/** Of a family with its places in the store, of a series, and of a label, without their texts (measured with V8 11 and 13). */
const FAMILY_BYTES = 1024;
const SERIES_BYTES = 96;
const LABEL_BYTES = 48;

/** Texts count once a series, though the same ones are often shared. */
function estimateBytes({ name, help = '', samples }: MetricFamily, seriesCount: number): number {
  let bytes = FAMILY_BYTES + name.length + help.length + seriesCount * SERIES_BYTES;
  for (const { labels } of samples) {
    for (const label of labels) bytes += LABEL_BYTES + label.name.length + label.value.length;
  }
  return bytes;
}

/** How many series of Prometheus a family is: a histogram has one a bucket, one for its sum and one for its count. */
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

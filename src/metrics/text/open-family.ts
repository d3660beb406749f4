import { mapKey } from '../../values/codec/map-key.js';
import type { MetricType } from '../metric-definition.js';
import type { Bucket, Label, MetricFamily, Quantile, Sample } from '../metric-family.js';
import { NumberList } from '../number-list.js';
import type { ParseMeter } from '../parse-limits.js';
import { type ReadAgain, SeriesInBody } from '../series-in-body.js';
import type { HeldFamily } from '../series-list.js';
import { citeText } from './text-parse-error.js';

/**
 * The part of a metric that a line has: the `sum`, the `count` or a `bucket` of a summary or histogram, or the `sample`
 * itself (also a quantile).
 */
export type SamplePart = 'sample' | 'sum' | 'count' | 'bucket';

/**
 * One line of the text format. `bound` is the value of its label `le` or `quantile`, if the type of the family gives
 * that label a meaning.
 */
export interface SampleLine {
  readonly part: SamplePart;
  readonly labels: readonly Label[];
  readonly bound: number | undefined;
  readonly value: number;
  /** The offset of its start. */
  readonly place: number;
}

/** A series that is just a value with labels. */
export function valueSample(labels: readonly Label[], value: number, timestampMs: number | undefined): Sample {
  return timestampMs === undefined ? { kind: 'value', labels, value } : { kind: 'value', labels, value, timestampMs };
}

interface Open {
  readonly labels: readonly Label[];
  sum: number;
  count: number;
  timestampMs?: number;
}
interface OpenSummary extends Open {
  readonly kind: 'summary';
  readonly quantiles: Quantile[];
}
interface OpenHistogram extends Open {
  readonly kind: 'histogram';
  readonly buckets: Bucket[];
  floatCounts?: true;
}

/**
 * A family that is being read line by line. The lines of a summary or histogram with the same labels make one sample.
 */
export class OpenFamily {
  readonly name: string;
  help: string | undefined;
  /** The type of a TYPE line; without one, the first sample decides. */
  type: MetricType | undefined;
  readonly #samples: Sample[] = [];
  /** The places of series that stay in the body. */
  #places: NumberList | undefined;
  #hasTimestamps = false;
  readonly #meter: ParseMeter;
  readonly #readAgain: ReadAgain | undefined;
  /**
   * Summaries and histograms; the key is made of their labels. It is created when needed, since most families have
   * none.
   */
  #merged: Map<string, OpenSummary | OpenHistogram> | undefined;
  #last: OpenSummary | OpenHistogram | undefined;

  constructor(name: string, meter: ParseMeter, readAgain?: ReadAgain) {
    this.name = name;
    this.#meter = meter;
    this.#readAgain = readAgain;
  }

  /** The name of the label that is a bound in this family, not an ordinary label. */
  get boundLabel(): 'le' | 'quantile' | undefined {
    if (this.type === 'summary') return 'quantile';
    return this.type === 'histogram' || this.type === 'gauge_histogram' ? 'le' : undefined;
  }

  /** Returns why a line is not allowed, in upstream's words, or undefined if it is. */
  problemWith({ part, bound, value }: SampleLine): string | undefined {
    if (!(value < 0) || this.boundLabel !== 'le' || part === 'sum') return undefined;
    if (part === 'count') return `negative count for histogram ${citeText(this.name)}`;
    // A line without a bound is skipped, so its value does not matter.
    if (!isBound(bound)) return undefined;
    return `negative bucket population for histogram ${citeText(this.name)}`;
  }

  add(line: SampleLine, timestampMs: number | undefined): void {
    this.type ??= 'untyped';
    const { labels, value } = line;
    if (this.boundLabel === undefined) {
      this.#meter.series(1);
      this.#hasTimestamps ||= timestampMs !== undefined;
      if (this.#readAgain === undefined) this.#samples.push(valueSample(labels, value, timestampMs));
      else (this.#places ??= new NumberList()).push(line.place);
      return;
    }
    const sample = this.#openSample(labels);
    if (isBound(line.bound)) this.#meter.series(1);
    if (sample.kind === 'summary') addToSummary(sample, line);
    else addToHistogram(sample, line);
    if (timestampMs !== undefined) sample.timestampMs = timestampMs;
  }

  /** Returns what was read, or undefined if there was no sample. */
  family(): MetricFamily | undefined {
    return this.#samples.length === 0 ? undefined : { ...this.#head(), samples: this.#samples };
  }

  /** Returns the same, but the series may still be in the body. */
  held(): HeldFamily | undefined {
    const places = this.#places;
    if (this.#readAgain === undefined || places === undefined) return this.family();
    const facts = { seriesCount: places.length, hasTimestamps: this.#hasTimestamps };
    return { ...this.#head(), samples: new SeriesInBody(places, this.#readAgain, facts) };
  }

  #head(): Omit<MetricFamily, 'samples'> {
    const { name, help, type = 'untyped' } = this;
    return { name, ...(help !== undefined && { help }), type };
  }

  /**
   * Finds or makes the sample with these labels, in any order. The last sample is tried first, since the lines of one
   * sample usually follow one another.
   */
  #openSample(labels: readonly Label[]): OpenSummary | OpenHistogram {
    if (this.#last !== undefined && sameLabels(this.#last.labels, labels)) return this.#last;
    const key = keyOf(labels);
    this.#merged ??= new Map();
    let sample = this.#merged.get(key);
    if (sample === undefined) {
      // One series for the sum and one for the count.
      this.#meter.series(2);
      sample =
        this.type === 'summary'
          ? { kind: 'summary', labels, quantiles: [], sum: 0, count: 0 }
          : { kind: 'histogram', labels, buckets: [], sum: 0, count: 0 };
      this.#merged.set(key, sample);
      this.#samples.push(sample);
    }
    this.#last = sample;
    return sample;
  }
}

function addToSummary(summary: OpenSummary, { part, bound, value }: SampleLine): void {
  if (part === 'sum') summary.sum = value;
  // Upstream stores the count of a summary as a whole number.
  else if (part === 'count') summary.count = Math.trunc(value);
  else if (isBound(bound)) summary.quantiles.push({ quantile: bound, value });
}

function addToHistogram(histogram: OpenHistogram, { part, bound, value }: SampleLine): void {
  if (part === 'sum') {
    histogram.sum = value;
    return;
  }
  if (part === 'count') histogram.count = value;
  else if (isBound(bound)) histogram.buckets.push({ upperBound: bound, cumulativeCount: value });
  else return;
  if (!isUint64(value)) histogram.floatCounts = true;
}

function isBound(bound: number | undefined): bound is number {
  return bound !== undefined && !Number.isNaN(bound);
}

function isUint64(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 64;
}

function sameLabels(a: readonly Label[], b: readonly Label[]): boolean {
  return (
    a.length === b.length && a.every(({ name, value }, index) => name === b[index]?.name && value === b[index].value)
  );
}

/** A key that is equal for equal sets of labels. The lengths keep names and values apart. */
function keyOf(labels: readonly Label[]): string {
  const parts = labels.map(({ name, value }) => `${name.length}:${name}${value.length}:${value}`);
  return mapKey(parts.sort().join(''));
}

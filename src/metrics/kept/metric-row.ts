import { ownText } from '../../values/own-text.js';
import type { MetricDefinition } from '../metric-definition.js';

/** One series: a metric, the values of its labels, and its value. */
export interface MetricRow {
  readonly metric: MetricDefinition;
  readonly labelValues: readonly string[];
  readonly value: number;
}

/** Series in columns. The same place of each is one series, which is an object only for whoever goes through them. */
export interface SeriesRows extends Iterable<MetricRow> {
  readonly length: number;
  readonly metrics: readonly MetricDefinition[];
  readonly labelValues: readonly (readonly string[])[];
  readonly values: readonly number[];
}

/** Columns that grow. Nothing is kept for a series alone that a collection of garbage would have to go through. */
export class SeriesColumns implements SeriesRows {
  readonly metrics: MetricDefinition[] = [];
  readonly labelValues: (readonly string[])[] = [];
  readonly values: number[] = [];

  get length(): number {
    return this.values.length;
  }

  push(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    this.metrics.push(metric);
    this.labelValues.push(labelValues);
    this.values.push(value);
  }

  *[Symbol.iterator](): Generator<MetricRow, undefined> {
    for (const [place, metric] of this.metrics.entries()) {
      yield { metric, labelValues: this.labelValues[place] ?? [], value: this.values[place] ?? NaN };
    }
  }
}

/** Whether two series of one metric have the same values of their labels. */
export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

/** Compares the series at two places in the order of client_golang: by name, by the number of labels, by their values. */
export function byNameAndLabels({
  metrics,
  labelValues,
}: Pick<SeriesRows, 'metrics' | 'labelValues'>): (a: number, b: number) => number {
  return (a, b) => {
    const [metric, other] = [metrics[a], metrics[b]];
    if (metric !== other && metric?.name !== other?.name) return (metric?.name ?? '') < (other?.name ?? '') ? -1 : 1;
    return compareLabels(labelValues[a] ?? [], labelValues[b] ?? []);
  };
}

function compareLabels(a: readonly string[], b: readonly string[]): number {
  if (a === b) return 0;
  if (a.length !== b.length) return a.length - b.length;
  for (let index = 0; index < a.length; index++) {
    const value = a[index] ?? '';
    const other = b[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** The places of so many series, in the order in which they came. */
export function placesOf({ metrics }: Pick<SeriesRows, 'metrics'>): number[] {
  return metrics.map((_unused, place) => place);
}

/** The label of a series that is kept longer than the text that it is a part of, which may be much longer. */
export function ownLabel(value: string): string {
  return value.length < SHORTEST_PART ? value : ownText(value);
}

/** Shorter parts of texts are copies in V8. */
const SHORTEST_PART = 13;

import { ownText } from '../../values/own-text.js';
import type { MetricDefinition } from '../metric-definition.js';

/** One series: a metric, the values of its labels, and its value. */
export interface MetricRow {
  readonly metric: MetricDefinition;
  readonly labelValues: readonly string[];
  readonly value: number;
}

/** Series in columns. The same index of each is one series. */
export interface Columns {
  readonly metrics: readonly MetricDefinition[];
  readonly labelValues: readonly (readonly string[])[];
  readonly values: readonly number[];
}

/** Series by their places. They are objects only for whoever goes through them. */
export interface SeriesRows extends Iterable<MetricRow> {
  readonly length: number;
  readonly metric: (place: number) => MetricDefinition | undefined;
  readonly labelValues: (place: number) => readonly string[];
  readonly value: (place: number) => number;
  /** All of them, from the first place on. */
  readonly columns: readonly Columns[];
}

const NO_LABELS: readonly string[] = [];

/** The series of one block, a power of two: a list that has to grow when it is long is copied in one go. */
const BLOCK_BITS = 11;
const LAST_IN_BLOCK = (1 << BLOCK_BITS) - 1;

class Block implements Columns {
  readonly metrics: MetricDefinition[] = [];
  readonly labelValues: (readonly string[])[] = [];
  readonly values: number[] = [];
}

/** Columns that grow. Nothing is kept for a series alone that a collection of garbage would have to go through. */
export class SeriesColumns implements SeriesRows {
  #last = new Block();
  readonly #blocks: Block[] = [this.#last];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get columns(): readonly Columns[] {
    return this.#blocks;
  }

  metric(place: number): MetricDefinition | undefined {
    return this.#blocks[place >>> BLOCK_BITS]?.metrics[place & LAST_IN_BLOCK];
  }

  labelValues(place: number): readonly string[] {
    return this.#blocks[place >>> BLOCK_BITS]?.labelValues[place & LAST_IN_BLOCK] ?? NO_LABELS;
  }

  value(place: number): number {
    return this.#blocks[place >>> BLOCK_BITS]?.values[place & LAST_IN_BLOCK] ?? NaN;
  }

  push(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    if (this.#last.values.length > LAST_IN_BLOCK) this.#blocks.push((this.#last = new Block()));
    const { metrics, labelValues: ofLabels, values } = this.#last;
    metrics.push(metric);
    ofLabels.push(labelValues);
    values.push(value);
    this.#length++;
  }

  /** Replaces the value at a place that there is. */
  setValue(place: number, value: number): void {
    const block = this.#blocks[place >>> BLOCK_BITS];
    if (block !== undefined) block.values[place & LAST_IN_BLOCK] = value;
  }

  *[Symbol.iterator](): Generator<MetricRow, undefined> {
    for (const { metrics, labelValues, values } of this.#blocks) {
      for (const [index, metric] of metrics.entries()) {
        yield { metric, labelValues: labelValues[index] ?? NO_LABELS, value: values[index] ?? NaN };
      }
    }
  }
}

/** The series of one name, without an object for each of the others, of which a server may have chosen 200,000. */
export function* seriesNamed({ columns }: SeriesRows, name: string): Generator<MetricRow, undefined> {
  for (const { metrics, labelValues, values } of columns) {
    for (let index = 0; index < metrics.length; index++) {
      const metric = metrics[index];
      if (metric?.name !== name) continue;
      yield { metric, labelValues: labelValues[index] ?? NO_LABELS, value: values[index] ?? NaN };
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

/** Compares series at two places in the order of client_golang: by name, then by number and values of the labels. */
export function byNameAndLabels(rows: Pick<SeriesRows, 'metric' | 'labelValues'>): (a: number, b: number) => number {
  return (a, b) => {
    const [metric, other] = [rows.metric(a), rows.metric(b)];
    if (metric !== other && metric?.name !== other?.name) return (metric?.name ?? '') < (other?.name ?? '') ? -1 : 1;
    return compareLabels(rows.labelValues(a), rows.labelValues(b));
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

/** The label of a series that is kept longer than the text that it is a part of, which may be much longer. */
export function ownLabel(value: string): string {
  return value.length < SHORTEST_PART ? value : ownText(value);
}

/** Shorter parts of texts are copies in V8. */
const SHORTEST_PART = 13;

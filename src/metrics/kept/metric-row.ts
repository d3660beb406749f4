import { ownText } from '../../values/own-text.js';
import type { MetricDefinition } from '../metric-definition.js';

/** One series: a metric, the values of its labels, and its value. */
export interface MetricRow {
  readonly metric: MetricDefinition;
  readonly labelValues: readonly string[];
  readonly value: number;
}

/** Whether two series of one metric have the same values of their labels. */
export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

/** The order of client_golang: by name, then by the number of labels, then by their values. */
export function byNameAndLabels(a: MetricRow, b: MetricRow): number {
  if (a.metric !== b.metric && a.metric.name !== b.metric.name) return a.metric.name < b.metric.name ? -1 : 1;
  if (a.labelValues.length !== b.labelValues.length) return a.labelValues.length - b.labelValues.length;
  for (let index = 0; index < a.labelValues.length; index++) {
    const value = a.labelValues[index] ?? '';
    const other = b.labelValues[index] ?? '';
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

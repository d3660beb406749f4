import type { MetricDefinition } from '../metric-definition.js';

/** The values of a metric's labels in the order of its `labelNames`, each cut after `longest` characters. */
export function labelValuesOf<L extends string>(
  metric: MetricDefinition<L>,
  labels: Readonly<Record<L, string>>,
  longest: number,
): readonly string[] {
  return metric.labelNames.map((name) => bounded(labels[name], longest));
}

/**
 * The longest label value, in characters, unless `setWith` is told otherwise, since targets choose some of them: one
 * may be repeated by hundreds of series. Upstream has no limit.
 */
export const LONGEST_LABEL_VALUE = 16 * 1024;

function bounded(value: string, longest: number): string {
  if (value.length <= longest) return value;
  // A character is not cut in two.
  const cut = value.slice(0, longest - 1);
  const last = cut.charCodeAt(cut.length - 1);
  return `${last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut}…`;
}

function boundedLabel(value: string): string {
  return bounded(value, LONGEST_LABEL_VALUE);
}

/** The same list if all values are short enough. */
export function boundedLabels(labelValues: readonly string[]): readonly string[] {
  return labelValues.every(({ length }) => length <= LONGEST_LABEL_VALUE) ? labelValues : labelValues.map(boundedLabel);
}

/** Whether `labelValues` are these, cut after `longest` characters. */
export function haveLabels<L extends string>(
  labelNames: readonly L[],
  labelValues: readonly string[],
  labels: Readonly<Record<L, string>>,
  longest: number,
): boolean {
  return labelNames.every((name, index) => bounded(labels[name], longest) === labelValues[index]);
}

/** Whether `values`, cut, are the same as those that are cut already. */
export function haveValues(bounds: readonly string[], values: readonly string[]): boolean {
  for (let index = 0; index < bounds.length; index++) {
    if (boundedLabel(values[index] ?? '') !== bounds[index]) return false;
  }
  return true;
}

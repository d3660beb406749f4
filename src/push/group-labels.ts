import type { Label, MetricFamily, Sample } from '../metrics/metric-family.js';
import type { GroupingKey } from './pushed-group.js';
import { SERIES_A_STEP } from './series-checks.js';

/** Prometheus adds its own `instance` if the label is absent. An empty one prevents that. */
const EMPTY_INSTANCE: Label = { name: 'instance', value: '' };

/**
 * Returns, in steps, the family as its group stores it: grouping labels replace labels of the same name, `instance` is
 * always present, and labels are sorted by name (upstream's sanitizeLabels). All series of the group share its label
 * objects.
 */
export function* withGroupLabels(family: MetricFamily, key: GroupingKey): Generator<undefined, MetricFamily> {
  const group = new Map(key.labels.map((label) => [label.name, label]));
  const samples: Sample[] = [];
  for (const sample of family.samples) {
    if (samples.length % SERIES_A_STEP === 0) yield;
    samples.push({ ...sample, labels: merge(sample.labels, group) });
  }
  return { ...family, samples };
}

/** The labels of the group's own series, such as its push times. */
export function ownLabels({ labels }: GroupingKey): readonly Label[] {
  return labels.some(isInstance) ? labels : [...labels, EMPTY_INSTANCE].sort(byName);
}

/**
 * Merges in linear time, since a series may have very many labels. A duplicate label stays, for the checks to report.
 */
function merge(labels: readonly Label[], group: ReadonlyMap<string, Label>): readonly Label[] {
  const merged: Label[] = [];
  const missing = new Map(group);
  for (const label of labels) {
    merged.push(group.get(label.name) ?? label);
    missing.delete(label.name);
  }
  merged.push(...missing.values());
  if (!merged.some(isInstance)) merged.push(EMPTY_INSTANCE);
  return merged.sort(byName);
}

function isInstance({ name }: Label): boolean {
  return name === EMPTY_INSTANCE.name;
}

function byName(a: Label, b: Label): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

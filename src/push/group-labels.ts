import type { Label, MetricFamily } from '../metrics/metric-family.js';
import type { GroupingKey } from './pushed-group.js';

/** Prometheus would put its own in place of an `instance` that is absent; an empty one tells it not to. */
const EMPTY_INSTANCE: Label = { name: 'instance', value: '' };

/**
 * The family as its group holds it: grouping labels replace labels of the same name, `instance` is there, labels are sorted by name
 * (upstream's sanitizeLabels). Label objects of the group are shared by all its series.
 */
export function withGroupLabels(family: MetricFamily, key: GroupingKey): MetricFamily {
  const group = new Map(key.labels.map((label) => [label.name, label]));
  const samples = family.samples.map((sample) => ({ ...sample, labels: merge(sample.labels, group) }));
  return { ...family, samples };
}

/** The labels of the group's own series, such as its push times. */
export function ownLabels({ labels }: GroupingKey): readonly Label[] {
  return labels.some(isInstance) ? labels : [...labels, EMPTY_INSTANCE].sort(byName);
}

/** In steps that do not multiply with each other, since a series may have very many labels. One that it has twice stays so, for the checks to find. */
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

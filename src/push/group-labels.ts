import type { Label, MetricFamily, Sample } from '../metrics/metric-family.js';
import type { GroupingKey } from './pushed-group.js';
import type { HeldFamily, SeriesList } from './series/series-list.js';

/** Prometheus adds its own `instance` if the label is absent. An empty one prevents that. */
const EMPTY_INSTANCE: Label = { name: 'instance', value: '' };

/**
 * Returns the family as its group stores it: grouping labels replace labels of the same name, `instance` is always
 * present, and labels are sorted by name (upstream's sanitizeLabels). All series of the group share its label objects.
 * A series gets them while somebody reads it, so that there is no second list of all.
 */
export function withGroupLabels(family: MetricFamily, key: GroupingKey): HeldFamily {
  return { ...family, samples: new LabelledSeries(family.samples, key) };
}

class LabelledSeries implements SeriesList {
  readonly #samples: readonly Sample[];
  readonly #group: ReadonlyMap<string, Label>;

  constructor(samples: readonly Sample[], { labels }: GroupingKey) {
    this.#samples = samples;
    this.#group = new Map(labels.map((label) => [label.name, label]));
  }

  get length(): number {
    return this.#samples.length;
  }

  *[Symbol.iterator](): Generator<Sample, void> {
    for (const sample of this.#samples) yield this.#labelled(sample);
  }

  readonly slice = (from: number, to: number): readonly Sample[] =>
    this.#samples.slice(from, to).map((sample) => this.#labelled(sample));

  #labelled(sample: Sample): Sample {
    return { ...sample, labels: merge(sample.labels, this.#group) };
  }
}

/** The labels of the group's own series, such as its push times. */
export function ownLabels({ labels }: GroupingKey): readonly Label[] {
  return labels.some(isInstance) ? labels : [...labels, EMPTY_INSTANCE].sort(byName);
}

/**
 * Merges in linear time, since a series may have very many labels. A duplicate label stays, for the checks to report.
 */
function merge(labels: readonly Label[], group: ReadonlyMap<string, Label>): readonly Label[] {
  if (labels.every(({ name }) => !group.has(name) && name !== EMPTY_INSTANCE.name)) {
    const own = [...group.values()];
    return labels.concat(own, group.has(EMPTY_INSTANCE.name) ? [] : EMPTY_INSTANCE).sort(byName);
  }
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

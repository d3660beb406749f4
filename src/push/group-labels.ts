import type { Label, Sample } from '../metrics/metric-family.js';
import type { HeldFamily, SeriesList } from '../metrics/series-list.js';
import type { GroupingKey } from './pushed-group.js';

/** Prometheus adds its own `instance` if the label is absent. An empty one prevents that. */
const EMPTY_INSTANCE: Label = { name: 'instance', value: '' };

/**
 * Returns the family as its group stores it: grouping labels replace labels of the same name, `instance` is always
 * present, and labels are sorted by name (upstream's sanitizeLabels). All series of the group share its label objects.
 * A series gets them while somebody reads it, so that there is no second list of all.
 */
export function withGroupLabels(family: HeldFamily, key: GroupingKey): HeldFamily {
  return { ...family, samples: new LabelledSeries(family.samples, key) };
}

class LabelledSeries implements SeriesList {
  readonly #samples: SeriesList;
  readonly #group: ReadonlyMap<string, Label>;
  #last: { readonly names: readonly string[]; readonly merge: Merge } | undefined;

  constructor(samples: SeriesList, { labels }: GroupingKey) {
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
    return { ...sample, labels: applied(this.#mergeOf(sample), sample.labels) };
  }

  /** Most series of a family have the labels of the one before. */
  #mergeOf({ labels }: Sample): Merge {
    if (this.#last !== undefined && hasNames(labels, this.#last.names)) return this.#last.merge;
    const merge = mergeOf(labels, this.#group);
    this.#last = { names: labels.map(({ name }) => name), merge };
    return merge;
  }
}

/** Where each label of a series comes from: the position among its own, or a label of the group. */
type Merge = readonly (number | Label)[];

function applied(merge: Merge, labels: readonly Label[]): readonly Label[] {
  const merged: Label[] = [];
  for (const from of merge) {
    const label = typeof from === 'number' ? labels[from] : from;
    if (label !== undefined) merged.push(label);
  }
  return merged;
}

function hasNames(labels: readonly Label[], names: readonly string[]): boolean {
  if (labels.length !== names.length) return false;
  for (let index = 0; index < names.length; index++) if (labels[index]?.name !== names[index]) return false;
  return true;
}

/**
 * Merges in linear time (and sorts), since a series may have very many labels. A duplicate label stays, for the checks
 * to report.
 */
function mergeOf(labels: readonly Label[], group: ReadonlyMap<string, Label>): Merge {
  const merged: { readonly name: string; readonly from: number | Label }[] = [];
  const missing = new Map(group);
  for (const [index, { name }] of labels.entries()) {
    merged.push({ name, from: group.get(name) ?? index });
    missing.delete(name);
  }
  for (const label of missing.values()) merged.push({ name: label.name, from: label });
  if (!merged.some(isInstance)) merged.push({ name: EMPTY_INSTANCE.name, from: EMPTY_INSTANCE });
  return merged.sort(byName).map(({ from }) => from);
}

/** The labels of the group's own series, such as its push times. */
export function ownLabels({ labels }: GroupingKey): readonly Label[] {
  return labels.some(isInstance) ? labels : [...labels, EMPTY_INSTANCE].sort(byName);
}

function isInstance({ name }: Pick<Label, 'name'>): boolean {
  return name === EMPTY_INSTANCE.name;
}

function byName(a: Pick<Label, 'name'>, b: Pick<Label, 'name'>): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

import type { MetricType } from '../metrics/metric-definition.js';
import type { Sample } from '../metrics/metric-family.js';
import { atOnce } from '../values/in-slices.js';
import type { GroupingKey } from './pushed-group.js';
import { SERIES_A_STEP, seriesKey } from './series-checks.js';
import type { StoredFamily } from './stored-family.js';

interface Holding {
  readonly key: GroupingKey;
  readonly family: StoredFamily;
}

/**
 * The groups that have a family of one name, with what a push of that name is compared with. It is updated with every
 * push.
 * Series of two groups can only be equal if the groups have different sets of grouping label names: with the same names
 * at least one value differs, and every series carries it. So series are only indexed once groups with a second set of
 * names (a shape) have the family.
 */
export class NameHolders {
  readonly #holdings = new Map<string, Holding>();
  readonly #types = new Map<MetricType, number>();
  readonly #shapes = new Map<string, number>();
  /** Key: a series; value: its group. It is undefined until there was a second shape. */
  #seriesOwners: Map<string, string> | undefined;
  /** The groups whose series are all in `#seriesOwners`. */
  readonly #indexed = new Set<string>();
  #inOrder: readonly Holding[] | undefined;
  /** Whether a family was stored that may be inconsistent, so that a scrape has to choose what it can show. */
  mayConflict = false;

  get isEmpty(): boolean {
    return this.#holdings.size === 0;
  }

  /** The families with their groups, in the order of the groups. */
  get inOrder(): readonly Holding[] {
    this.#inOrder ??= [...this.#holdings.values()].sort((a, b) => (a.key.id < b.key.id ? -1 : 1));
    return this.#inOrder;
  }

  /**
   * Returns the types of the family in groups other than `exceptId`. There is at most one as long as everything is
   * consistent.
   */
  typesBeside(exceptId: string | undefined): readonly MetricType[] {
    const own = exceptId === undefined ? undefined : this.#holdings.get(exceptId)?.family.family.type;
    return [...this.#types].filter(([type, count]) => count > (type === own ? 1 : 0)).map(([type]) => type);
  }

  /** Returns the positions of the samples that another group already has. */
  heldElsewhere(key: GroupingKey, samples: readonly Sample[]): readonly number[] {
    if (!this.#hasShapesBeside(key)) return [];
    const owners = (this.#seriesOwners ??= new Map<string, string>());
    atOnce(this.#indexAll(owners));
    const found: number[] = [];
    for (const [index, sample] of samples.entries()) {
      const owner = owners.get(seriesKey(sample));
      if (owner !== undefined && owner !== key.id) found.push(index);
    }
    return found;
  }

  /**
   * Makes the index that `heldElsewhere` needs for a push to this group, in steps, between which families may be put
   * and removed.
   */
  *indexSteps(key: GroupingKey): Generator<undefined, void> {
    if (this.#hasShapesBeside(key)) yield* this.#indexAll((this.#seriesOwners ??= new Map<string, string>()));
  }

  #hasShapesBeside(key: GroupingKey): boolean {
    const shape = shapeOf(key);
    return [...this.#shapes].some(([other]) => other !== shape);
  }

  /** It is made when first needed, and never dropped: shapes come and go, and the index is built once. */
  *#indexAll(owners: Map<string, string>): Generator<undefined, void> {
    if (this.#indexed.size === this.#holdings.size) return;
    for (const { key, family } of this.inOrder) {
      const isStale = (): boolean => this.#indexed.has(key.id) || this.#holdings.get(key.id)?.family !== family;
      for (const [index, sample] of family.family.samples.entries()) {
        if (index % SERIES_A_STEP === 0) {
          yield;
          if (isStale()) break;
        }
        owners.set(seriesKey(sample), key.id);
      }
      if (!isStale()) this.#indexed.add(key.id);
    }
  }

  put(key: GroupingKey, family: StoredFamily): void {
    this.remove(key);
    this.#holdings.set(key.id, { key, family });
    this.#inOrder = undefined;
    count(this.#types, family.family.type, 1);
    count(this.#shapes, shapeOf(key), 1);
    if (this.#seriesOwners === undefined) return;
    for (const sample of family.family.samples) this.#seriesOwners.set(seriesKey(sample), key.id);
    this.#indexed.add(key.id);
  }

  remove(key: GroupingKey): void {
    const held = this.#holdings.get(key.id);
    if (held === undefined) return;
    this.#holdings.delete(key.id);
    this.#indexed.delete(key.id);
    this.#inOrder = undefined;
    count(this.#types, held.family.family.type, -1);
    count(this.#shapes, shapeOf(key), -1);
    if (this.#seriesOwners === undefined) return;
    for (const sample of held.family.family.samples) {
      const series = seriesKey(sample);
      if (this.#seriesOwners.get(series) === key.id) this.#seriesOwners.delete(series);
    }
  }
}

function shapeOf({ labels }: GroupingKey): string {
  return JSON.stringify(labels.map(({ name }) => name));
}

function count<K>(counts: Map<K, number>, key: K, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

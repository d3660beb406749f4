import type { MetricType } from '../metrics/metric-definition.js';
import type { HeldFamily } from '../metrics/series-list.js';
import { atOnce } from '../values/in-slices.js';
import type { GroupingKey } from './pushed-group.js';
import { SERIES_A_STEP } from './series/series-checks.js';
import type { StoredFamily } from './series/stored-family.js';
import { SeriesOwners } from './series-owners.js';
import { SortedList } from './sorted-list.js';

/** A group that has a family, and the family. */
export interface Holding {
  readonly key: GroupingKey;
  readonly family: StoredFamily;
}

/** The groups that have a family of one name at some moment. It is never changed. */
export interface HoldersView {
  /** The families with their groups, in the order of the groups. */
  readonly inOrder: SortedList<Holding>;
  readonly types: readonly MetricType[];
  readonly mayConflict: boolean;
}

/** Positions in a family that were found while there had been so many changes. */
interface Found {
  readonly changes: number;
  readonly positions: readonly number[];
}

/** The most attempts to look for series when pushes come in between. */
const MOST_ATTEMPTS = 3;

/**
 * The groups that have a family of one name, with what a push of that name is compared with. It is updated with every
 * push.
 * Series of two groups can only be equal if the groups have different sets of grouping label names: with the same names
 * at least one value differs, and every series carries it. So series are only indexed once groups with a second set of
 * names (a shape) have the family.
 */
export class NameHolders {
  readonly #types = new Map<MetricType, number>();
  readonly #shapes = new Map<string, number>();
  readonly #holdings = new Map<string, Holding>();
  #owners: SeriesOwners | undefined;
  #inOrder = SortedList.empty<Holding>(({ key }) => key.id);
  #changes = 0;
  readonly #elsewhere = new WeakMap<HeldFamily, Found>();
  /** Whether a family was stored that may be inconsistent, so that a scrape has to choose what it can show. */
  mayConflict = false;

  get isEmpty(): boolean {
    return this.#holdings.size === 0;
  }

  /** The state at this moment. */
  view(): HoldersView {
    return { inOrder: this.#inOrder, types: this.typesBeside(undefined), mayConflict: this.mayConflict };
  }

  /**
   * Returns the types of the family in groups other than `exceptId`. There is at most one as long as everything is
   * consistent.
   */
  typesBeside(exceptId: string | undefined): readonly MetricType[] {
    const own = exceptId === undefined ? undefined : this.#holdings.get(exceptId)?.family.family.type;
    const types: MetricType[] = [];
    for (const [type, count] of this.#types) if (count > (type === own ? 1 : 0)) types.push(type);
    return types;
  }

  /** Returns the positions of the samples that another group has: what `lookElsewhere` found, if that is still true. */
  heldElsewhere(key: GroupingKey, family: HeldFamily): readonly number[] {
    if (!this.#hasShapesBeside(key)) return [];
    const found = this.#elsewhere.get(family);
    return found?.changes === this.#changes ? found.positions : atOnce(this.#find(key, family));
  }

  /**
   * Finds what `heldElsewhere` is asked for, in steps, between which families may be put and removed: it then begins
   * again, a few times at most.
   */
  *lookElsewhere(key: GroupingKey, family: HeldFamily): Generator<undefined, void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS && this.#hasShapesBeside(key); attempt++) {
      const changes = this.#changes;
      const positions = yield* this.#find(key, family);
      this.#elsewhere.set(family, { changes, positions });
      if (changes === this.#changes) return;
    }
  }

  put(key: GroupingKey, family: StoredFamily): void {
    this.#forget(key);
    const holding = { key, family };
    this.#holdings.set(key.id, holding);
    this.#inOrder = this.#inOrder.with(holding);
    count(this.#types, family.family.type, 1);
    count(this.#shapes, shapeOf(key), 1);
  }

  remove(key: GroupingKey): void {
    this.#forget(key);
    this.#inOrder = this.#inOrder.without(key.id);
  }

  #forget(key: GroupingKey): void {
    this.#changes += 1;
    const held = this.#holdings.get(key.id);
    if (held === undefined) return;
    this.#holdings.delete(key.id);
    this.#owners?.forget(held);
    count(this.#types, held.family.family.type, -1);
    count(this.#shapes, shapeOf(key), -1);
  }

  #hasShapesBeside(key: GroupingKey): boolean {
    if (this.#shapes.size === 0) return false;
    return this.#shapes.size > 1 || !this.#shapes.has(shapeOf(key));
  }

  *#find(key: GroupingKey, family: HeldFamily): Generator<undefined, readonly number[]> {
    const owners = (this.#owners ??= new SeriesOwners());
    for (const holding of this.#inOrder) if (!owners.has(holding)) yield* owners.index(holding);
    const found: number[] = [];
    let index = 0;
    for (const sample of family.samples) {
      if (index % SERIES_A_STEP === 0) yield;
      const owner = owners.ownerOf(sample);
      if (owner !== undefined && owner.id !== key.id) found.push(index);
      index += 1;
    }
    return found;
  }
}

const shapes = new WeakMap<GroupingKey, string>();

function shapeOf(key: GroupingKey): string {
  let shape = shapes.get(key);
  if (shape === undefined) shapes.set(key, (shape = JSON.stringify(key.labels.map(({ name }) => name))));
  return shape;
}

function count<K>(counts: Map<K, number>, key: K, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

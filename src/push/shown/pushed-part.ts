import type { MetricFamily } from '../../metrics/metric-family.js';
import { sortedInSteps } from '../../values/lists/sorted-in-steps.js';
import type { GroupStore } from '../group-store.js';
import type { HoldersView } from '../name-holders.js';
import type { OwnFamilies } from '../own-families.js';
import { pushTimes } from '../push-times.js';
import { SERIES_A_STEP } from '../series/series-checks.js';
import { StoredFamily } from '../series/stored-family.js';
import type { SortedList } from '../sorted-list.js';
import type { StoredGroup, TableSnapshot } from '../table-snapshot.js';
import { familyOf, inOrderOfSeries, type Piece } from './series-order.js';
import { shownFamilies } from './shown-families.js';

/** A family of the scrape: its type and help, and its series in pieces. */
export interface ShownFamily {
  readonly head: MetricFamily;
  readonly pieces: readonly Piece[];
}

/**
 * The pushed part of a scrape, shared by all scrapes until something changes. A scrape under way holds no list of its
 * own.
 */
export interface PushedPart {
  /** The state of the store and of the reserved names that it was made of. */
  readonly groups: SortedList<StoredGroup>;
  readonly reserved: number;
  /** No two parts have the same. */
  readonly state: number;
  /** Key: the name of the family; in the order of the names. */
  readonly shown: ReadonlyMap<string, ShownFamily>;
  readonly leftOut: number;
}

/** The groups in memory, and the names that they cannot have. */
interface Shown {
  readonly store: GroupStore;
  readonly own: OwnFamilies;
}

/** Puts together what was pushed. What it worked out stays until the groups that it came from change. */
export class PushedParts {
  readonly #shown: Shown;
  #lastState = 0;
  /** The push times of each group, until the group changes. */
  readonly #times = new WeakMap<StoredGroup, readonly StoredFamily[]>();
  /** The pieces of each name in the order of their series, until their holders change. */
  readonly #ordered = new WeakMap<object, readonly Piece[]>();

  constructor(shown: Shown) {
    this.#shown = shown;
  }

  /** Whether a part shows all that there is now. */
  isCurrent({ groups, reserved }: PushedPart): boolean {
    const { store, own } = this.#shown;
    return groups === store.groups() && reserved === own.changes;
  }

  /** Writes the present state in steps. Pushes and deletions between the steps do not change it. */
  *make(): Generator<undefined, PushedPart> {
    const { store, own } = this.#shown;
    const snapshot = store.snapshot();
    try {
      const { groups } = snapshot;
      const reserved = own.changes;
      const shown = yield* this.#pushTimes(groups);
      let leftOut = 0;
      const known = new Set<string>();
      for (const name of snapshot.names()) {
        const holders = snapshot.holders(name);
        if (holders === undefined || known.has(name)) continue;
        yield;
        known.add(name);
        const pushed = yield* this.#pushed(name, holders, snapshot);
        leftOut += pushed.leftOut;
        shown.push(yield* joinFamily(undefined, pushed.pieces));
      }
      const families = yield* sortedInSteps(
        shown.filter(({ pieces }) => pieces.length > 0),
        (a, b) => (a.head.name < b.head.name ? -1 : 1),
      );
      return { groups, reserved, state: ++this.#lastState, shown: yield* byName(families), leftOut };
    } finally {
      snapshot.close();
    }
  }

  *#pushed(
    name: string,
    holders: HoldersView,
    snapshot: TableSnapshot,
  ): Generator<undefined, { readonly pieces: readonly Piece[]; readonly leftOut: number }> {
    const { store, own } = this.#shown;
    const { inOrder, types, mayConflict } = holders;
    const ownType = own.typeOf(name);
    const fits = ownType === undefined || types.every((type) => type === ownType);
    if (fits && !mayConflict) return { pieces: yield* this.#inOrder(inOrder), leftOut: 0 };
    const { families, leftOut } = yield* shownFamilies(name, holders, {
      own,
      holders: (other) => snapshot.holders(other),
    });
    store.noteConflict(name, holders, leftOut > 0);
    return { pieces: yield* inOrderOfSeries(families), leftOut };
  }

  *#pushTimes(groups: SortedList<StoredGroup>): Generator<undefined, ShownFamily[]> {
    const columns: StoredFamily[][] = [];
    let count = 0;
    for (const group of groups) {
      if (++count % SERIES_A_STEP === 0) yield;
      for (const [index, family] of this.#timesOf(group).entries()) (columns[index] ??= []).push(family);
    }
    const shown: ShownFamily[] = [];
    for (const column of columns) {
      const [first] = column;
      if (first === undefined) continue;
      shown.push({ head: { ...first.family, samples: [] }, pieces: yield* inOrderOfSeries(column) });
    }
    return shown;
  }

  *#inOrder(holdings: HoldersView['inOrder']): Generator<undefined, readonly Piece[]> {
    let ordered = this.#ordered.get(holdings);
    if (ordered === undefined) {
      ordered = yield* inOrderOfSeries([...holdings].map(({ family }) => family));
      this.#ordered.set(holdings, ordered);
    }
    return ordered;
  }

  #timesOf(group: StoredGroup): readonly StoredFamily[] {
    let times = this.#times.get(group);
    if (times === undefined) {
      times = pushTimes(group.key, group).map(
        ({ family, changedAtSeconds }) => new StoredFamily({ family, pushedAtSeconds: changedAtSeconds }),
      );
      this.#times.set(group, times);
    }
    return times;
  }
}

function* byName(families: readonly ShownFamily[]): Generator<undefined, ReadonlyMap<string, ShownFamily>> {
  const named = new Map<string, ShownFamily>();
  for (const [index, family] of families.entries()) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    named.set(family.head.name, family);
  }
  return named;
}

/**
 * Joins all parts of a family, in steps. Type and help are the service's own, otherwise those of the first part that
 * has them.
 */
export function* joinFamily(
  own: MetricFamily | undefined,
  pushed: readonly Piece[],
): Generator<undefined, ShownFamily> {
  const pieces: Piece[] = own === undefined || own.samples.length === 0 ? [] : [own];
  let { name = '', type = 'untyped', help }: Partial<MetricFamily> = own ?? {};
  for (const [index, piece] of pushed.entries()) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    const family = familyOf(piece);
    if (family.samples.length === 0) continue;
    pieces.push(piece);
    if (name === '') ({ name, type } = family);
    help ??= family.help;
  }
  return { head: { name, type, samples: [], ...(help !== undefined && { help }) }, pieces };
}

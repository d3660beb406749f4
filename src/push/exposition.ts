import type { EscapingScheme } from '../metrics/escape-name.js';
import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { SharedPieces } from '../metrics/shared-pieces.js';
import { writeFamilies } from '../metrics/write-text.js';
import type { GroupStore } from './group-store.js';
import type { StoredGroup } from './group-table.js';
import type { NameHolders } from './name-holders.js';
import type { OwnFamilies } from './own-families.js';
import { pushTimes } from './push-times.js';
import { familyOf, inOrderOfSeries, type Piece } from './series-order.js';
import { shownFamilies } from './shown-families.js';
import { inOrder, StoredFamily, writeLines } from './stored-family.js';

/** A family of the scrape: its type and help, and its series in pieces. */
interface ShownFamily {
  readonly head: MetricFamily;
  readonly pieces: readonly Piece[];
}

/** From so many series on, what was written is worth sharing. */
const MANY_SERIES = 256;

/** Long families as they were written, by format, as long as a scrape holds on to them. */
const written = new WeakMap<ShownFamily, Map<string, WeakRef<SharedPieces>>>();

/** The samples of a family in the order in which they are shown; undefined where others may have their turn. */
function* samplesOf({ pieces }: ShownFamily): Generator<Sample | undefined> {
  for (const piece of pieces) yield* inOrder(familyOf(piece));
}

/** Writes a family in pieces; empty ones are pauses. `head` has no samples. */
export type FamilyWriter = (head: MetricFamily, samples: Iterable<Sample | undefined>) => Iterable<Buffer>;

function sharedPieces(shown: ShownFamily, format: string, write: FamilyWriter): SharedPieces {
  const ofFamily = written.get(shown) ?? new Map<string, WeakRef<SharedPieces>>();
  const before = ofFamily.get(format)?.deref();
  if (before !== undefined) return before;
  const pieces = new SharedPieces(write(shown.head, samplesOf(shown)));
  written.set(shown, ofFamily.set(format, new WeakRef(pieces)));
  return pieces;
}

/**
 * What was pushed, the same for all scrapes until something changes: a scrape that is under way holds no list of its
 * own.
 */
interface PushedPart {
  /** The state of the store and of the reserved names that it was made of. */
  readonly groups: readonly StoredGroup[];
  readonly reserved: number;
  readonly shown: ReadonlyMap<string, ShownFamily>;
  readonly leftOut: number;
}

/** Everything that a scrape shows, families in the order of their names, before it is written in some format. */
export class Exposition {
  readonly #pushed: ReadonlyMap<string, ShownFamily>;
  readonly #own: readonly ShownFamily[];
  /** Series that are stored but do not fit to others. */
  readonly leftOut: number;

  /** `pushed` by name and in the order of the names; `own` comes in between, or in place of one of the same name. */
  constructor({ shown, leftOut }: PushedPart, own: readonly ShownFamily[]) {
    this.#pushed = shown;
    this.#own = own.toSorted((a, b) => (a.head.name < b.head.name ? -1 : 1));
    this.leftOut = leftOut;
  }

  /** Writes the text format piece by piece. The pieces of unchanged groups are the same buffers as last time. */
  *text(escaping: EscapingScheme): Generator<Buffer> {
    for (const { head, pieces } of this.#inOrder()) {
      yield Buffer.from(writeFamilies([head], escaping));
      for (const piece of pieces)
        yield* piece instanceof StoredFamily ? piece.lines(escaping) : writeLines(piece, escaping);
    }
  }

  /**
   * Writes another format, which `format` names, piece by piece; scrapes that are under way at the same time share long
   * families.
   */
  *written(format: string, write: FamilyWriter): Generator<Buffer> {
    for (const shown of this.#inOrder()) {
      const count = shown.pieces.reduce((sum, piece) => sum + familyOf(piece).samples.length, 0);
      if (count < MANY_SERIES) yield* write(shown.head, samplesOf(shown));
      else yield* sharedPieces(shown, format, write).read();
    }
  }

  *#inOrder(): Generator<ShownFamily> {
    let at = 0;
    for (const [name, family] of this.#pushed) {
      for (; at < this.#own.length; at += 1) {
        const own = this.#own[at];
        if (own === undefined || own.head.name >= name) break;
        yield own;
      }
      if (this.#own[at]?.head.name !== name) yield family;
    }
    yield* this.#own.slice(at);
  }
}

/**
 * Combines the service's own metrics with the pushed ones. It never fails: series that are inconsistent are left out
 * and counted.
 */
export class ExpositionBuilder {
  readonly #store: GroupStore;
  readonly #own: OwnFamilies;
  /** The push times of each group, until the group changes. */
  readonly #times = new WeakMap<StoredGroup, readonly StoredFamily[]>();
  /** The pieces of each name in the order of their series, until their holders change. */
  readonly #ordered = new WeakMap<object, readonly Piece[]>();

  #last: PushedPart | undefined;

  constructor({ store, own }: { readonly store: GroupStore; readonly own: OwnFamilies }) {
    this.#store = store;
    this.#own = own;
  }

  build(ownFamilies: readonly MetricFamily[]): Exposition {
    this.#own.note(ownFamilies);
    const pushed = this.#pushedPart();
    const ownByName = new Map(ownFamilies.map((family) => [family.name, family]));
    const own = [...ownByName.values()].map((family) =>
      joinFamily(family, pushed.shown.get(family.name)?.pieces ?? []),
    );
    return new Exposition(
      pushed,
      own.filter(({ pieces }) => pieces.length > 0),
    );
  }

  #pushedPart(): PushedPart {
    const groups = this.#store.groups();
    const reserved = this.#own.changes;
    if (this.#last?.groups === groups && this.#last.reserved === reserved) return this.#last;
    const shown = this.#pushTimes();
    let leftOut = 0;
    for (const [name, holders] of this.#store.names) {
      const pushed = this.#pushed(name, holders);
      leftOut += pushed.leftOut;
      shown.push(joinFamily(undefined, pushed.pieces));
    }
    const families = shown
      .filter(({ pieces }) => pieces.length > 0)
      .sort((a, b) => (a.head.name < b.head.name ? -1 : 1))
      .map((family) => [family.head.name, family] as const);
    return (this.#last = { groups, reserved, shown: new Map(families), leftOut });
  }

  #pushed(name: string, holders: NameHolders): { readonly pieces: readonly Piece[]; readonly leftOut: number } {
    const ownType = this.#own.typeOf(name);
    const fits = ownType === undefined || holders.typesBeside(undefined).every((type) => type === ownType);
    if (fits && !holders.mayConflict) {
      return { pieces: this.#inOrder(holders.inOrder, () => holders.inOrder.map(({ family }) => family)), leftOut: 0 };
    }
    const { families, leftOut } = shownFamilies(name, { holders, own: this.#own, names: this.#store.names });
    holders.mayConflict = leftOut > 0;
    return { pieces: inOrderOfSeries(families), leftOut };
  }

  #pushTimes(): ShownFamily[] {
    const rows = this.#store.groups().map((group) => this.#timesOf(group));
    const [first = []] = rows;
    return first.map(({ family }, index) => ({
      head: { ...family, samples: [] },
      pieces: inOrderOfSeries(rows.map((row) => row[index]).filter((piece) => piece !== undefined)),
    }));
  }

  #inOrder(holdings: object, pieces: () => readonly Piece[]): readonly Piece[] {
    let ordered = this.#ordered.get(holdings);
    if (ordered === undefined) this.#ordered.set(holdings, (ordered = inOrderOfSeries(pieces())));
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

/**
 * Joins all parts of a family. Type and help are the service's own, otherwise those of the first part that has them.
 */
function joinFamily(own: MetricFamily | undefined, pushed: readonly Piece[]): ShownFamily {
  const parts = pushed.filter((piece) => familyOf(piece).samples.length > 0);
  const all = own === undefined || own.samples.length === 0 ? parts : [own, ...parts];
  const families = [...(own === undefined ? [] : [own]), ...parts.map(familyOf)];
  const { name, type } = families[0] ?? { name: '', type: 'untyped' };
  const help = families.find((family) => family.help !== undefined)?.help;
  return { head: { name, type, samples: [], ...(help !== undefined && { help }) }, pieces: all };
}

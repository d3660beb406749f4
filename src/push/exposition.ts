import type { EscapingScheme } from '../metrics/escape-name.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import { compareSamples } from '../metrics/sort-families.js';
import { writeFamilies } from '../metrics/write-text.js';
import type { GroupStore } from './group-store.js';
import type { StoredGroup } from './group-table.js';
import type { NameHolders } from './name-holders.js';
import type { OwnFamilies } from './own-families.js';
import { pushTimes } from './push-times.js';
import { familyOf, inOrderOfSeries } from './series-order.js';
import type { Piece } from './series-order.js';
import { shownFamilies } from './shown-families.js';
import { StoredFamily, writeLines } from './stored-family.js';

/** A family of the scrape: its head, and what follows it piece by piece. */
interface ShownFamily {
  readonly head: MetricFamily;
  readonly pieces: readonly Piece[];
}

/** Everything that a scrape shows, families in the order of their names, before it is written in some format. */
export class Exposition {
  readonly #families: readonly ShownFamily[];
  /** Series that are stored but do not fit to others. */
  readonly leftOut: number;

  constructor(families: readonly ShownFamily[], leftOut: number) {
    this.#families = families;
    this.leftOut = leftOut;
  }

  /** The text format, written as it is asked for; the pieces of unchanged groups are the same as the last time. */
  *text(escaping: EscapingScheme): Generator<Buffer> {
    for (const { head, pieces } of this.#families) {
      yield Buffer.from(writeFamilies([head], escaping));
      for (const piece of pieces)
        yield piece instanceof StoredFamily ? piece.lines(escaping) : writeLines(piece, escaping);
    }
  }

  /** As families, for the other format. */
  *families(): Generator<MetricFamily> {
    for (const { head, pieces } of this.#families) {
      yield { ...head, samples: pieces.flatMap((piece) => familyOf(piece).samples).sort(compareSamples) };
    }
  }
}

/** Puts together what the service says of itself and what was pushed. Never fails: what does not fit is left out and counted. */
export class ExpositionBuilder {
  readonly #store: GroupStore;
  readonly #own: OwnFamilies;
  /** The push times of a group, until it changes. */
  readonly #times = new WeakMap<StoredGroup, readonly StoredFamily[]>();
  /** The parts of a name in the order of their series, until its holders change. */
  readonly #ordered = new WeakMap<object, readonly Piece[]>();

  constructor({ store, own }: { readonly store: GroupStore; readonly own: OwnFamilies }) {
    this.#store = store;
    this.#own = own;
  }

  build(ownFamilies: readonly MetricFamily[]): Exposition {
    this.#own.note(ownFamilies);
    const shown: ShownFamily[] = this.#pushTimes();
    const ownByName = new Map(ownFamilies.map((family) => [family.name, family]));
    let leftOut = 0;
    for (const [name, holders] of this.#store.names) {
      const pushed = this.#pushed(name, holders);
      leftOut += pushed.leftOut;
      const own = ownByName.get(name);
      ownByName.delete(name);
      shown.push(joined(own, pushed.pieces));
    }
    for (const family of ownByName.values()) shown.push(joined(family, []));
    const families = shown.filter(({ pieces }) => pieces.length > 0);
    return new Exposition(
      families.sort((a, b) => (a.head.name < b.head.name ? -1 : 1)),
      leftOut,
    );
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

/** One family of all that have its name: type and help of the service's own, else of the first that has any. */
function joined(own: MetricFamily | undefined, pushed: readonly Piece[]): ShownFamily {
  const parts = pushed.filter((piece) => familyOf(piece).samples.length > 0);
  const all = own === undefined || own.samples.length === 0 ? parts : [own, ...parts];
  const families = [...(own === undefined ? [] : [own]), ...parts.map(familyOf)];
  const { name, type } = families[0] ?? { name: '', type: 'untyped' };
  const help = families.find((family) => family.help !== undefined)?.help;
  return { head: { name, type, samples: [], ...(help !== undefined && { help }) }, pieces: all };
}

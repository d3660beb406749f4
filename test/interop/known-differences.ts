import type { Test } from 'tap';
import { describeDeviation, type Deviation } from './deviation.js';
import type { ExpectedDifference } from './expected-differences.js';

/** A case of a table, with the differences that it shows besides those that every probe shows. */
export interface DifferingCase<Id extends string> {
  readonly name: string;
  readonly differs?: readonly Id[];
}

interface Options {
  /** Those that cases do not name; absent: those of the table that are shown everywhere. */
  readonly general?: readonly ExpectedDifference[];
  /** The peer is an old one, which need not show what a case names. */
  readonly isOld?: boolean;
}

/** The looks at one case: a difference of the programs shows in each of them, one of the moment does not. */
const LOOKS = 3;

/** Judges what the cases of one prober have shown by the differences that are known of it. */
export class KnownDifferences<Id extends string> {
  readonly #table: Readonly<Record<Id, ExpectedDifference>>;
  readonly #general: readonly ExpectedDifference[];
  readonly #isOld: boolean;

  constructor(table: Readonly<Record<Id, ExpectedDifference>>, { general, isOld = false }: Options = {}) {
    const all: readonly ExpectedDifference[] = Object.values(table);
    this.#table = table;
    this.#general = general ?? all.filter(({ everywhere }) => everywhere === true);
    this.#isOld = isOld;
  }

  /**
   * Looks up to three times, until nothing is unexpected and nothing that is expected is missing: a busy machine makes
   * the peer send a request again, say.
   */
  async compare(t: Test, row: DifferingCase<Id>, look: () => Promise<readonly Deviation[]>): Promise<void> {
    let found = await look();
    for (let looks = 1; looks < LOOKS && !this.isAsKnown(row, found); looks++) found = await look();
    this.judge(t, row, found);
  }

  /** Whether nothing is unexpected, and nothing that is expected is missing. */
  isAsKnown(row: DifferingCase<Id>, found: readonly Deviation[]): boolean {
    const isShown = this.#isOld || this.#named(row).every(({ covers }) => found.some(covers));
    return isShown && this.#unexpected(row, found).length === 0;
  }

  #unexpected(row: DifferingCase<Id>, found: readonly Deviation[]): readonly Deviation[] {
    const known = [...this.#general, ...this.#named(row)];
    return found.filter((one) => !known.some(({ covers }) => covers(one)));
  }

  /** Nothing is unexpected, and what the case names is there. */
  judge(t: Test, row: DifferingCase<Id>, found: readonly Deviation[]): void {
    t.equal(this.#unexpected(row, found).map(describeDeviation).join('\n'), '', row.name);
    if (this.#isOld) return;
    for (const { title, covers } of this.#named(row)) t.ok(found.some(covers), `${row.name}: shows "${title}"`);
  }

  #named({ differs = [] }: DifferingCase<Id>): readonly ExpectedDifference[] {
    return differs.map((id) => this.#table[id]);
  }
}

import type { EscapingScheme } from '../../metrics/escape-name.js';
import type { MetricFamily, Sample } from '../../metrics/metric-family.js';
import { PAUSE, SharedPieces } from '../../metrics/shared-pieces.js';
import { writeFamilies } from '../../metrics/write-text.js';
import { loopTurns } from '../../values/loop-turns.js';
import { inOrder } from '../series/series-in-order.js';
import { writeLines } from '../series/series-lines.js';
import { StoredFamily } from '../series/stored-family.js';
import type { PushedPart, ShownFamily } from './pushed-part.js';
import { familyOf } from './series-order.js';

/** How many parts are written between two looks at the clock. */
const PIECES_A_STEP = 64;

/** From this many series on, the written text is worth sharing between scrapes. */
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

/** Everything that a scrape shows, families in the order of their names, before it is written in some format. */
export class Exposition {
  readonly #pushed: ReadonlyMap<string, ShownFamily>;
  readonly #own: readonly ShownFamily[];
  /** Which state of what was pushed it shows. */
  readonly state: number;
  /** Series that are stored but do not fit to others. */
  readonly leftOut: number;

  /** `pushed` by name and in the order of the names; `own` comes in between, or in place of one of the same name. */
  constructor({ shown, state, leftOut }: PushedPart, own: readonly ShownFamily[]) {
    this.#pushed = shown;
    this.state = state;
    this.#own = own.toSorted((a, b) => (a.head.name < b.head.name ? -1 : 1));
    this.leftOut = leftOut;
  }

  /** Writes the text format piece by piece. The pieces of unchanged groups are the same buffers as last time. */
  *text(escaping: EscapingScheme): Generator<Buffer> {
    let count = 0;
    for (const { head, pieces } of this.#inOrder()) {
      yield Buffer.from(writeFamilies([head], escaping));
      for (const piece of pieces) {
        if (++count % PIECES_A_STEP === 0 && loopTurns.isOver()) yield PAUSE;
        yield* piece instanceof StoredFamily ? piece.lines(escaping) : writeLines(piece, escaping);
      }
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

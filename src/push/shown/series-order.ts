import type { Sample } from '../../metrics/metric-family.js';
import type { HeldFamily } from '../../metrics/series-list.js';
import { compareSamples } from '../../metrics/sort-families.js';
import { sortedInSteps } from '../../values/lists/sorted-in-steps.js';
import { SERIES_A_STEP } from '../series/series-checks.js';
import { seriesFacts } from '../series/series-facts.js';
import { StoredFamily } from '../series/stored-family.js';

/** A part of a family: one as stored, with its cached text, or one made for this scrape. */
export type Piece = StoredFamily | HeldFamily;

/** Up to this many series of a name are sorted across groups. A change of one of them writes all of that text again. */
const MOST_MERGED = 1000;

/** The first and the last series of a part, in the order of an exposition. */
interface Ends {
  readonly piece: Piece;
  readonly first: Sample;
  readonly last: Sample;
}

/**
 * Returns, in steps, the parts of one family in the order of their series, as client_golang sorts them: fewer labels
 * first, then by the values of the labels. Where series of several groups would alternate, the parts are merged into
 * one if they are not too large; otherwise one group follows the other.
 */
export function* inOrderOfSeries(pieces: readonly Piece[]): Generator<undefined, readonly Piece[]> {
  if (pieces.length < 2) return pieces;
  const found: Ends[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    const ends = yield* endsOf(piece);
    if (ends !== undefined) found.push(ends);
  }
  const ends = yield* sortedInSteps(found, (a, b) => compareSamples(a.first, b.first));
  let alternate = false;
  let count = 0;
  let before: Ends | undefined;
  for (const [index, each] of ends.entries()) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    count += familyOf(each.piece).samples.length;
    alternate ||= before !== undefined && compareSamples(before.last, each.first) > 0;
    before = each;
  }
  const families = ends.map(({ piece }) => piece);
  const [head] = families;
  if (!alternate || count > MOST_MERGED || head === undefined) return families;
  const samples = families.flatMap((piece) => [...familyOf(piece).samples]).sort(compareSamples);
  return [new StoredFamily({ family: { ...familyOf(head), samples }, pushedAtSeconds: 0 })];
}

/** Returns the family of a part. */
export function familyOf(piece: Piece): HeldFamily {
  return piece instanceof StoredFamily ? piece.family : piece;
}

/** Returns undefined if there is no series. */
function* endsOf(piece: Piece): Generator<undefined, Ends | undefined> {
  const { first, last } = piece instanceof StoredFamily ? piece.facts : yield* seriesFacts(piece.samples);
  return first && last && { piece, first, last };
}

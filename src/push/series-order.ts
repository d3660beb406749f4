import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { compareSamples } from '../metrics/sort-families.js';
import { atOnce } from '../values/in-slices.js';
import { SERIES_A_STEP } from './series-checks.js';
import { StoredFamily } from './stored-family.js';

/** A part of a family: one as stored, with its cached text, or one made for this scrape. */
export type Piece = StoredFamily | MetricFamily;

/** Up to this many series of a name are sorted across groups. A change of one of them writes all of that text again. */
const MOST_MERGED = 1000;

/** The first and the last series of a part, in the order of an exposition. */
interface Ends {
  readonly piece: Piece;
  readonly first: Sample;
  readonly last: Sample;
}

/**
 * Returns the parts of one family in the order of their series, as client_golang sorts them: fewer labels first, then
 * by the values of the labels. Where series of several groups would alternate, the parts are merged into one if they
 * are not too large; otherwise one group follows the other.
 */
export function inOrderOfSeries(pieces: readonly Piece[]): readonly Piece[] {
  if (pieces.length < 2) return pieces;
  const ends = pieces.map(endsOf).filter((found) => found !== undefined);
  ends.sort((a, b) => compareSamples(a.first, b.first));
  const alternate = ends.some(({ first }, index) => {
    const before = ends[index - 1];
    return before !== undefined && compareSamples(before.last, first) > 0;
  });
  const families = ends.map(({ piece }) => familyOf(piece));
  const [head] = families;
  const count = families.reduce((sum, { samples }) => sum + samples.length, 0);
  if (!alternate || count > MOST_MERGED || head === undefined) return ends.map(({ piece }) => piece);
  const samples = families.flatMap((family) => family.samples).sort(compareSamples);
  return [new StoredFamily({ family: { ...head, samples }, pushedAtSeconds: 0 })];
}

/** Returns the family of a part. */
export function familyOf(piece: Piece): MetricFamily {
  return piece instanceof StoredFamily ? piece.family : piece;
}

const known = new WeakMap<MetricFamily, Omit<Ends, 'piece'>>();

/** Returns undefined if there is no series. */
function endsOf(piece: Piece): Ends | undefined {
  const family = familyOf(piece);
  atOnce(noteEnds(family));
  const ends = known.get(family);
  return ends && { piece, ...ends };
}

/** Finds the first and the last series of a family, in steps, so that a scrape need not. */
export function* noteEnds(family: MetricFamily): Generator<undefined, void> {
  let [first] = family.samples;
  let last = first;
  if (first === undefined || last === undefined || known.has(family)) return;
  for (const [index, sample] of family.samples.entries()) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    if (compareSamples(sample, first) < 0) first = sample;
    else if (compareSamples(sample, last) > 0) last = sample;
  }
  known.set(family, { first, last });
}

import { type EscapingScheme, isLegacyName } from '../../metrics/escape-name.js';
import type { Sample } from '../../metrics/metric-family.js';
import type { HeldFamily, SeriesList } from '../../metrics/series-list.js';
import { SharedPieces } from '../../metrics/shared-pieces.js';
import { sampleWriter } from '../../metrics/write-text.js';
import { atOnce } from '../../values/in-slices.js';
import type { PushedFamily } from '../pushed-group.js';
import { LinePacker, PackedSeries, packLines } from './packed-series.js';
import { SeenSeries } from './seen-series.js';
import { type FamilyFaults, familyFaults, SERIES_A_STEP, seriesProblem } from './series-checks.js';
import { FactsCounter, type SeriesFacts, seriesFacts } from './series-facts.js';
import { unpacked } from './series-in-order.js';
import { writeLines } from './series-lines.js';
import { TextPieces } from './text-pieces.js';
import { orderOfSeries } from './written-lines.js';

/** Families with at least this many series are packed. */
const LEAST_PACKED = 8;

const NO_FAULTS: FamilyFaults = { invalid: [], repeated: [] };

/** Series with so many labels together are objects all at once while they are worked on: reading twice costs more. */
const MOST_AT_ONCE = 4096;

/** The options for storing a family. */
interface StoredFamilyOptions {
  /** Whether series that are wrong are refused anyway: then they stay what they are, be it a part of a large body. */
  readonly isChecked?: boolean;
}

/**
 * Returns a family as it is stored, in steps, in one pass over its series unless they come in another order than that
 * of an exposition, or something seems wrong with them.
 * Series that are wrong stay objects: who refuses them looks at each alone.
 */
export function* storedFamily(
  pushed: PushedFamily,
  { isChecked = false }: StoredFamilyOptions = {},
): Generator<undefined, StoredFamily> {
  if (pushed instanceof StoredFamily) return pushed;
  const { pushedAtSeconds } = pushed;
  const { samples: given } = pushed.family;
  // Packed series have been checked before.
  if (given instanceof PackedSeries) return new StoredFamily(pushed, { facts: given.facts, faults: NO_FAULTS });
  const samples = yield* objectsOfFew(given);
  const family = { ...pushed.family, samples };
  const { facts, isSuspect, made } = yield* examined(family);
  const faults = isSuspect ? yield* familyFaults(family) : NO_FAULTS;
  const hasFaults = !isEmpty(faults.invalid) || !isEmpty(faults.repeated);
  const known = { facts, faults };
  if (hasFaults || samples.length < LEAST_PACKED) {
    const held = { ...family, samples: isChecked ? samples : yield* unpacked(samples) };
    return new StoredFamily({ family: held, pushedAtSeconds }, known);
  }
  const series = new PackedSeries(made?.packer.packed() ?? (yield* packLines(samples)), facts);
  const lines = facts.hasOddNames ? undefined : (made?.lines?.pieces() ?? (yield* textInOrder(family)));
  const held = { family: { ...family, samples: series }, pushedAtSeconds };
  return new StoredFamily(held, { ...known, ...(lines && { lines }) });
}

/** The series as objects, where they are few; else as they are given. */
function* objectsOfFew(samples: SeriesList): Generator<undefined, SeriesList> {
  if (samples.length > MOST_AT_ONCE) return samples;
  const objects: Sample[] = [];
  let labels = 0;
  for (const sample of samples) {
    if (objects.length % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    objects.push(sample);
    labels += sample.labels.length;
    if (labels > MOST_AT_ONCE) return samples;
  }
  return objects;
}

function isEmpty(positions: Iterable<number>): boolean {
  return positions[Symbol.iterator]().next().done === true;
}

interface Examined {
  readonly facts: SeriesFacts;
  /** Whether there may be faults. */
  readonly isSuspect: boolean;
  /** The results of the pass; undefined for few series, and where there may be faults. */
  readonly made?: Made;
}

/** The results of one pass over the series while they are objects. */
interface Made {
  readonly packer: LinePacker;
  /** The samples in the text format, as long as they come in order. */
  lines: TextPieces | undefined;
}

function* examined({ name, samples: { length }, samples }: HeldFamily): Generator<undefined, Examined> {
  const counter = new FactsCounter();
  const seen = new SeenSeries(length);
  const made: Made | undefined =
    length < LEAST_PACKED ? undefined : { packer: new LinePacker(length), lines: new TextPieces() };
  const write = sampleWriter(name, 'underscores');
  let isSuspect = false;
  let count = 0;
  for (const sample of samples) {
    if (++count % SERIES_A_STEP === 0) yield;
    counter.add(sample);
    isSuspect ||= seen.mayRepeat(sample) || seriesProblem(sample) !== undefined;
    if (isSuspect || made === undefined) continue;
    made.packer.add(sample);
    if (!counter.isInOrder) made.lines = undefined;
    made.lines?.add(write(sample));
  }
  return { facts: counter.facts(), isSuspect, ...(made && !isSuspect && { made }) };
}

/** The text of series that came in another order; undefined where that of an exposition is not told by texts. */
function* textInOrder({ name, samples }: HeldFamily): Generator<undefined, readonly Buffer[] | undefined> {
  const order = yield* orderOfSeries(samples);
  if (order === undefined) return undefined;
  const write = sampleWriter(name, 'underscores');
  const lines = new TextPieces();
  for (const [index, place] of order.entries()) {
    if (index % SERIES_A_STEP === 0) yield;
    for (const sample of samples.slice(place, place + 1)) lines.add(write(sample));
  }
  return lines.pieces();
}

/** The results that are computed when a family is stored. */
interface FamilyKnown {
  readonly facts: SeriesFacts;
  /** The faults that need no other family to be found. */
  readonly faults: FamilyFaults;
  /** The samples in the text format, if that has been written. */
  readonly lines?: readonly Buffer[];
}

/** A family in the store, with everything that was computed from it, until another family replaces it. */
export class StoredFamily implements PushedFamily {
  readonly family: HeldFamily;
  readonly pushedAtSeconds: number;
  readonly facts: SeriesFacts;
  readonly faults: FamilyFaults;
  #lines: SharedPieces | undefined;

  /** `known` is what `storedFamily` works out in steps. */
  constructor({ family, pushedAtSeconds }: PushedFamily, known: FamilyKnown = atOnce(workOut(family))) {
    this.family = family;
    this.pushedAtSeconds = pushedAtSeconds;
    this.facts = known.facts;
    this.faults = known.faults;
    if (known.lines !== undefined) this.#lines = new SharedPieces(known.lines);
  }

  /** The number of series as Prometheus counts them. */
  get seriesCount(): number {
    return this.facts.seriesCount;
  }

  /** An estimate of its memory, in bytes. */
  get heapBytes(): number {
    const { name, help = '' } = this.family;
    return FAMILY_BYTES + name.length + help.length + this.facts.bytes;
  }

  /**
   * Returns its samples in the text format, without HELP and TYPE, in pieces. They are written once, unless a name
   * needs escaping.
   */
  *lines(escaping: EscapingScheme): Generator<Buffer> {
    if (this.facts.hasOddNames || !isLegacyName(this.family.name)) yield* writeLines(this.family, escaping);
    else {
      this.#lines ??= new SharedPieces(writeLines(this.family, escaping));
      yield* this.#lines.read();
    }
  }
}

/** The memory of a family with its entries in the store, in bytes without texts (measured with V8 11 and 13). */
const FAMILY_BYTES = 1024;

function* workOut(family: HeldFamily): Generator<undefined, FamilyKnown> {
  return { facts: yield* seriesFacts(family.samples), faults: yield* familyFaults(family) };
}

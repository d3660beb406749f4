import { type EscapingScheme, isLegacyName } from '../../metrics/escape-name.js';
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
import type { HeldFamily, SeriesList } from './series-list.js';
import { orderOfSeries, WrittenLines } from './written-lines.js';

/** From so many series on, they are packed. */
const LEAST_PACKED = 8;

const NO_FAULTS: FamilyFaults = { invalid: [], repeated: [] };

/**
 * Returns a family as it is stored, in steps, in one pass over its series unless something seems wrong with them.
 * Series that are wrong stay objects: who refuses them looks at each alone.
 */
export function* storedFamily(pushed: PushedFamily): Generator<undefined, StoredFamily> {
  if (pushed instanceof StoredFamily) return pushed;
  const { family, pushedAtSeconds } = pushed;
  const { samples } = family;
  // What is packed was found to be without faults.
  if (samples instanceof PackedSeries) return new StoredFamily(pushed, { facts: samples.facts, faults: NO_FAULTS });
  const { facts, isSuspect, made } = yield* examined(family);
  const faults = isSuspect ? yield* familyFaults(family) : NO_FAULTS;
  const hasFaults = faults.invalid.length + faults.repeated.length > 0;
  const known = { facts, faults };
  if (hasFaults || samples.length < LEAST_PACKED) {
    return new StoredFamily({ family: { ...family, samples: yield* unpacked(samples) }, pushedAtSeconds }, known);
  }
  const series = new PackedSeries(made?.packer.packed() ?? (yield* packLines(samples)), facts);
  const lines = facts.hasOddNames || made === undefined ? undefined : yield* textOf(samples, facts, made.lines);
  const held = { family: { ...family, samples: series }, pushedAtSeconds };
  return new StoredFamily(held, { ...known, ...(lines && { lines }) });
}

interface Examined {
  readonly facts: SeriesFacts;
  /** Whether there may be faults. */
  readonly isSuspect: boolean;
  /** Undefined for few series, and where there may be faults. */
  readonly made?: Made;
}

/** What is made of series while they are objects. */
interface Made {
  readonly packer: LinePacker;
  readonly lines: WrittenLines;
}

function* examined({ name, samples: { length }, samples }: HeldFamily): Generator<undefined, Examined> {
  const counter = new FactsCounter();
  const seen = new SeenSeries();
  const made = length < LEAST_PACKED ? undefined : { packer: new LinePacker(length), lines: new WrittenLines(length) };
  const write = sampleWriter(name, 'underscores');
  let isSuspect = false;
  let count = 0;
  for (const sample of samples) {
    if (++count % SERIES_A_STEP === 0) yield;
    counter.add(sample);
    isSuspect ||= seen.mayRepeat(sample) || seriesProblem(sample) !== undefined;
    if (isSuspect || made === undefined) continue;
    made.packer.add(sample);
    made.lines.add(write(sample));
  }
  return { facts: counter.facts(), isSuspect, ...(made && !isSuspect && { made }) };
}

/** The text of series whose names need no escaping; undefined where their order is not told by texts. */
function* textOf(
  samples: SeriesList,
  { isInOrder }: SeriesFacts,
  lines: WrittenLines,
): Generator<undefined, readonly Buffer[] | undefined> {
  const order = isInOrder ? undefined : yield* orderOfSeries(samples);
  if (!isInOrder && order === undefined) return undefined;
  const pieces: Buffer[] = [];
  for (const piece of lines.pieces(order)) {
    yield;
    pieces.push(piece);
  }
  return pieces;
}

/** What is worked out of a family when it is stored. */
interface FamilyKnown {
  readonly facts: SeriesFacts;
  /** What is wrong with its series by themselves. */
  readonly faults: FamilyFaults;
  /** Its samples in the text format, if that has been written. */
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

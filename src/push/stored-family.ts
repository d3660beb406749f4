import { type EscapingScheme, isLegacyName } from '../metrics/escape-name.js';
import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { PAUSE, SharedPieces } from '../metrics/shared-pieces.js';
import { compareSamples } from '../metrics/sort-families.js';
import { sortSteps } from '../metrics/sort-steps.js';
import { writeFamilies } from '../metrics/write-text.js';
import { atOnce } from '../values/in-slices.js';
import type { PushedFamily } from './pushed-group.js';
import { type FamilyFaults, familyFaults, SERIES_A_STEP } from './series-checks.js';

/** What is worked out of a family when it is stored. */
type FamilyFacts = Pick<StoredFamily, 'seriesCount' | 'heapBytes' | 'faults'>;

/** Returns a family as it is stored, in steps. */
export function* storedFamily(pushed: PushedFamily): Generator<undefined, StoredFamily> {
  return pushed instanceof StoredFamily ? pushed : new StoredFamily(pushed, yield* factsOf(pushed.family));
}

/** A family in the store, with everything that was computed from it, until another family replaces it. */
export class StoredFamily implements PushedFamily {
  readonly family: MetricFamily;
  readonly pushedAtSeconds: number;
  /** The number of series as Prometheus counts them. */
  readonly seriesCount: number;
  /** An estimate of its memory, in bytes. */
  readonly heapBytes: number;
  /** What is wrong with its series by themselves. */
  readonly faults: FamilyFaults;
  #lines: SharedPieces | undefined;
  #hasOddNames: boolean | undefined;

  /** `facts` are those of the family, if they are known. */
  constructor({ family, pushedAtSeconds }: PushedFamily, facts: FamilyFacts = atOnce(factsOf(family))) {
    this.family = family;
    this.pushedAtSeconds = pushedAtSeconds;
    this.seriesCount = facts.seriesCount;
    this.heapBytes = facts.heapBytes;
    this.faults = facts.faults;
  }

  /**
   * Returns its samples in the text format, without HELP and TYPE, in pieces. They are written once, unless a name
   * needs escaping.
   */
  *lines(escaping: EscapingScheme): Generator<Buffer> {
    this.#hasOddNames ??= yield* hasOddNames(this.family);
    if (this.#hasOddNames) yield* writeLines(this.family, escaping);
    else {
      this.#lines ??= new SharedPieces(writeLines(this.family, escaping));
      yield* this.#lines.read();
    }
  }
}

/** How many series are written between two moments at which others have their turn. */
const SERIES_A_PIECE = 256;

/** Writes the samples of a family in the text format, in upstream's order, without HELP and TYPE, in pieces. */
export function* writeLines({ help: _help, ...family }: MetricFamily, escaping: EscapingScheme): Generator<Buffer> {
  let piece: Sample[] = [];
  for (const sample of inOrder(family)) {
    if (sample !== undefined) piece.push(sample);
    else yield PAUSE;
    if (piece.length < SERIES_A_PIECE) continue;
    yield linesOf({ ...family, samples: piece }, escaping);
    piece = [];
  }
  if (piece.length > 0) yield linesOf({ ...family, samples: piece }, escaping);
}

function linesOf(family: MetricFamily, escaping: EscapingScheme): Buffer {
  const text = writeFamilies([family], escaping);
  return Buffer.from(text.slice(text.indexOf('\n') + 1));
}

/** Gives the samples of a family in upstream's order, and undefined where others may have their turn. */
export function* inOrder({ samples }: MetricFamily): Generator<Sample | undefined> {
  yield* yield* sortSteps(samples, compareSamples);
}

function* hasOddNames({ name, samples }: MetricFamily): Generator<Buffer, boolean> {
  if (!isLegacyName(name)) return true;
  const legacy = new Set<string>();
  for (const [index, { labels }] of samples.entries()) {
    if (index % SERIES_A_PIECE === SERIES_A_PIECE - 1) yield PAUSE;
    for (const label of labels) {
      if (legacy.has(label.name)) continue;
      if (!isLegacyName(label.name)) return true;
      legacy.add(label.name);
    }
  }
  return false;
}

/**
 * The memory of a family with its entries in the store, of a series and of a label, in bytes without their texts
 * (measured with V8 11 and 13).
 */
const FAMILY_BYTES = 1024;
const SERIES_BYTES = 96;
const LABEL_BYTES = 48;

/** Texts count for each series, although equal texts are often shared. */
function* factsOf(family: MetricFamily): Generator<undefined, FamilyFacts> {
  const { name, help = '', samples } = family;
  let bytes = FAMILY_BYTES + name.length + help.length;
  let seriesCount = 0;
  for (const [index, sample] of samples.entries()) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    seriesCount += seriesOf(sample);
    for (const label of sample.labels) bytes += LABEL_BYTES + label.name.length + label.value.length;
  }
  const faults = yield* familyFaults(family);
  return { seriesCount, heapBytes: bytes + seriesCount * SERIES_BYTES, faults };
}

/**
 * Returns the number of series of a family as Prometheus counts them: a histogram has one for each bucket, one for its
 * sum and one for its count.
 */
export function countSeries({ samples }: MetricFamily): number {
  return samples.reduce((count, sample) => count + seriesOf(sample), 0);
}

function seriesOf(sample: Sample): number {
  switch (sample.kind) {
    case 'value':
      return 1;
    case 'summary':
      return sample.quantiles.length + 2;
    case 'histogram': {
      const native = sample.native;
      return sample.buckets.length + 2 + (native?.positive.counts.length ?? 0) + (native?.negative.counts.length ?? 0);
    }
  }
}

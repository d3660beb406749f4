import type { HeldFamily } from '../../metrics/series-list.js';
import type { PushedFamily } from '../pushed-group.js';
import { LINE_FEED, type PackedLines, PackedSeries, packLines, readLines } from '../series/packed-series.js';
import type { SeriesFacts } from '../series/series-facts.js';
import { KnownLabels, readSample, type StoredSample, writeSample } from '../series/series-rows.js';

/** Facts about the series, so that a start need not read the series for them. */
interface StoredFacts extends Omit<SeriesFacts, 'first' | 'last'>, Pick<PackedLines, 'length'> {
  readonly ends: readonly StoredSample[];
}

/** A family as JSON. */
interface StoredFamily extends Omit<HeldFamily, 'samples'> {
  readonly pushedAtSeconds: number;
  /** The facts about the series, for families that are packed in memory. */
  readonly facts?: StoredFacts;
  readonly samples: readonly StoredSample[];
}

const END = Buffer.from(']}');

/** Writes a family as JSON, the payload of its record, in steps: a line for all but its series, then theirs. */
export function* writeFamilyRecord({ family, pushedAtSeconds }: PushedFamily): Generator<undefined, Buffer> {
  const { samples, ...rest } = family;
  const facts = samples instanceof PackedSeries ? storedFacts(samples) : undefined;
  const head: StoredFamily = { ...rest, pushedAtSeconds, ...(facts && { facts }), samples: [] };
  const { blocks } = samples instanceof PackedSeries ? samples : yield* packLines(samples);
  return Buffer.concat([Buffer.from(`${JSON.stringify(head).slice(0, -END.length)}\n`), ...blocks, END]);
}

/** Reads the payload that `writeFamilyRecord` wrote, in steps, also one without lines or facts. */
export function* readFamilyRecord(payload: Buffer): Generator<undefined, PushedFamily> {
  // The record's checksum has been verified, so this is what was written.
  const behindHead = payload.indexOf(LINE_FEED) + 1;
  const head = behindHead === 0 ? payload.toString() : `${payload.toString('utf8', 0, behindHead)}]}`;
  const { pushedAtSeconds, facts, samples: stored, ...rest } = JSON.parse(head) as StoredFamily;
  const known = new KnownLabels();
  const samples = stored.map((sample) => readSample(sample, known));
  const bytes = payload.subarray(behindHead, payload.length - END.length);
  if (facts !== undefined) return { pushedAtSeconds, family: { ...rest, samples: packedOf(bytes, facts) } };
  if (behindHead > 0) {
    for (const sample of readLines(bytes)) {
      samples.push(sample);
      if (samples.length % SERIES_A_STEP === 0) yield;
    }
  }
  return { pushedAtSeconds, family: { ...rest, samples } };
}

const SERIES_A_STEP = 64;

function storedFacts({ length, facts: { first, last, ...facts } }: PackedSeries): StoredFacts {
  return { ...facts, length, ends: [first, last].filter((sample) => sample !== undefined).map(writeSample) };
}

function packedOf(bytes: Buffer, { length, ends, ...facts }: StoredFacts): PackedSeries {
  const known = new KnownLabels();
  const [first, last] = ends.map((end) => readSample(end, known));
  return new PackedSeries({ blocks: [bytes], length }, { ...facts, first, last });
}

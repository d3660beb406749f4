import type { Sample } from '../../metrics/metric-family.js';
import type { SeriesList } from '../../metrics/series-list.js';
import type { SeriesFacts } from './series-facts.js';
import { KnownLabels, readSample, type StoredSample, writeSample } from './series-rows.js';

/**
 * Ends a line. JSON allows line feeds between values and never has them within a text, so that whoever reads may take
 * it line by line, or all of it as JSON.
 */
export const LINE_FEED = 0x0a;
const COMMA = 0x2c;
/** A line has so many series and labels, at least. */
const COST_A_LINE = 512;

/** The beginnings of lines: the number of series before the line, its block, and the bytes before it in that block. */
type LineStarts = readonly (readonly [series: number, block: number, bytes: number])[];

/** Series as elements of a JSON array, in lines that end with a comma and a line feed, the last without the comma. */
export interface PackedLines {
  /** The blocks; each ends at the end of a line. */
  readonly blocks: readonly Buffer[];
  readonly length: number;
  /** The beginnings of the lines; absent if nobody has recorded them. */
  readonly starts?: LineStarts;
}

/**
 * The series of a family as bytes, the same in memory and on the disk. As objects they take three times as much, and
 * with two million of them the garbage collector holds up everybody for seconds.
 */
export class PackedSeries implements SeriesList {
  readonly length: number;
  readonly blocks: readonly Buffer[];
  readonly facts: SeriesFacts;
  readonly #starts: LineStarts;

  constructor({ blocks, length, starts = [] }: PackedLines, facts: SeriesFacts) {
    this.blocks = blocks;
    this.length = length;
    this.facts = facts;
    this.#starts = starts;
  }

  get byteLength(): number {
    return this.blocks.reduce((sum, { length }) => sum + length, 0);
  }

  *[Symbol.iterator](): Generator<Sample, void> {
    for (const block of this.blocks) yield* readLines(block);
  }

  readonly slice = (from: number, to: number): readonly Sample[] => {
    const [before, first, begin] = this.#starts.findLast(([series]) => series <= from) ?? [0, 0, 0];
    const found: Sample[] = [];
    let at = before;
    for (const [index, block] of this.blocks.slice(first).entries()) {
      for (const sample of readLines(block, index === 0 ? begin : 0)) {
        if (at >= to) return found;
        if (at++ >= from) found.push(sample);
      }
    }
    return found;
  };
}

/** Reads packed series from the beginning of a line on. Only one line is objects at a time. */
export function* readLines(bytes: Buffer, begin = 0): Generator<Sample, void> {
  const known = new KnownLabels();
  let from = begin;
  for (let to = bytes.indexOf(LINE_FEED, from); to > 0; to = bytes.indexOf(LINE_FEED, from)) {
    const line = bytes.toString('utf8', from, bytes[to - 1] === COMMA ? to - 1 : to);
    for (const stored of JSON.parse(`[${line}]`) as readonly StoredSample[]) yield readSample(stored, known);
    from = to + 1;
  }
}

const FIRST_BLOCK_BYTES = 4096;
const MOST_BLOCK_BYTES = 256 * 1024;
/** A block that has more room than this part of it is copied into one without. */
const MOST_ROOM = 1 / 8;

/** Packs series that come one after the other; `length` is how many will come. */
export class LinePacker {
  readonly #length: number;
  /** The blocks. All but the last are full, and their content is not moved when more comes. */
  readonly #blocks: Buffer[] = [];
  #block = NOTHING;
  #filled = 0;
  readonly #starts: [number, number, number][] = [];
  #line: StoredSample[] = [];
  #cost = 0;
  #count = 0;
  #before = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(sample: Sample): void {
    this.#line.push(writeSample(sample));
    this.#count += 1;
    this.#cost += costOf(sample);
    if (this.#cost >= COST_A_LINE || this.#count === this.#length) this.#endLine();
  }

  packed(): PackedLines {
    this.#endBlock();
    return { blocks: this.#blocks, length: this.#length, starts: this.#starts };
  }

  #endLine(): void {
    const isLast = this.#count === this.#length;
    const line = `${JSON.stringify(this.#line).slice(1, -1)}${isLast ? '' : ','}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#filled + bytes > this.#block.length) {
      const size = Math.min(MOST_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, this.#block.length * 2));
      this.#endBlock();
      this.#block = Buffer.allocUnsafe(isLast ? bytes : Math.max(bytes, size));
    }
    this.#starts.push([this.#before, this.#blocks.length, this.#filled]);
    this.#filled += this.#block.write(line, this.#filled);
    this.#before = this.#count;
    this.#line = [];
    this.#cost = 0;
  }

  #endBlock(): void {
    if (this.#filled === 0) return;
    const room = this.#block.length - this.#filled;
    const used = this.#block.subarray(0, this.#filled);
    this.#blocks.push(room > this.#block.length * MOST_ROOM ? Buffer.from(used) : used);
    this.#filled = 0;
  }
}

const NOTHING = Buffer.alloc(0);

/** Packs series, in steps. */
export function* packLines(samples: SeriesList): Generator<undefined, PackedLines> {
  const packer = new LinePacker(samples.length);
  let count = 0;
  for (const sample of samples) {
    if (++count % SERIES_A_STEP === 0) yield;
    packer.add(sample);
  }
  return packer.packed();
}

const SERIES_A_STEP = 32;

function costOf(sample: Sample): number {
  const own = 1 + sample.labels.length;
  return sample.kind === 'histogram' ? own + sample.buckets.length : own;
}

import type { Sample } from '../../metrics/metric-family.js';
import type { SeriesFacts } from './series-facts.js';
import type { SeriesList } from './series-list.js';
import { KnownLabels, readSample, type StoredSample, writeSample } from './series-rows.js';

/**
 * Ends a line. JSON allows line feeds between values and never has them within a text, so that whoever reads may take
 * it line by line, or all of it as JSON.
 */
export const LINE_FEED = 0x0a;
const COMMA = 0x2c;
/** A line has so many series and labels, at least. */
const COST_A_LINE = 512;

/** Where each line begins: how many series are before it, and how many bytes. */
type LineStarts = readonly (readonly [series: number, bytes: number])[];

/** Series as elements of a JSON array, in lines that end with a comma and a line feed, the last without the comma. */
export interface PackedLines {
  readonly bytes: Buffer;
  readonly length: number;
  /** Absent where it would have to be looked for. */
  readonly starts?: LineStarts;
}

/**
 * The series of a family as bytes, the same in memory and on the disk. As objects they take three times as much, and
 * with two million of them the garbage collector holds up everybody for seconds.
 */
export class PackedSeries implements SeriesList {
  readonly length: number;
  readonly bytes: Buffer;
  readonly facts: SeriesFacts;
  readonly #starts: LineStarts;

  constructor({ bytes, length, starts = [] }: PackedLines, facts: SeriesFacts) {
    this.bytes = bytes;
    this.length = length;
    this.facts = facts;
    this.#starts = starts;
  }

  [Symbol.iterator](): Generator<Sample, void> {
    return readLines(this.bytes);
  }

  readonly slice = (from: number, to: number): readonly Sample[] => {
    const [before, begin] = this.#starts.findLast(([series]) => series <= from) ?? [0, 0];
    const found: Sample[] = [];
    let at = before;
    for (const sample of readLines(this.bytes, begin)) {
      if (at >= to) break;
      if (at++ >= from) found.push(sample);
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

/** Packs series that come one after the other; `length` is how many will come. */
export class LinePacker {
  readonly #length: number;
  readonly #lines: Buffer[] = [];
  readonly #starts: [number, number][] = [];
  #line: StoredSample[] = [];
  #cost = 0;
  #count = 0;
  #bytes = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(sample: Sample): void {
    if (this.#line.length === 0) this.#starts.push([this.#count, this.#bytes]);
    this.#line.push(writeSample(sample));
    this.#count += 1;
    this.#cost += costOf(sample);
    if (this.#cost >= COST_A_LINE || this.#count === this.#length) this.#endLine();
  }

  packed(): PackedLines {
    return { bytes: Buffer.concat(this.#lines, this.#bytes), length: this.#length, starts: this.#starts };
  }

  #endLine(): void {
    const line = `${JSON.stringify(this.#line).slice(1, -1)}${this.#count < this.#length ? ',' : ''}\n`;
    const written = Buffer.from(line);
    this.#lines.push(written);
    this.#bytes += written.length;
    this.#line = [];
    this.#cost = 0;
  }
}

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

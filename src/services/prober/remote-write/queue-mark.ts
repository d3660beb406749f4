import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FileProblem } from '../../../files/file-problem.js';
import { readRegularFile } from '../../../files/regular-file.js';

/** The name of the file. */
export const MARK = 'KEPT';
const DIGITS = 16;
const CHECKSUM_DIGITS = 8;
const LINE = /^((\d{16}) (\d{16})) ([\da-f]{8})\n$/;
/** Two numbers and a checksum, each with a blank or line feed behind it. */
const LINE_BYTES = 2 * (DIGITS + 1) + CHECKSUM_DIGITS + 1;

/** The numbers of the oldest and of the newest record of a queue; of an empty one, `first` is behind `last`. */
export interface KeptRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A file in LevelDB's folder, which LevelDB ignores, that says which records there are. LevelDB cannot tell a log that
 * was emptied from one to which nothing was written. The file is not synced, and is written after records have come and
 * before they go: one that a killed process leaves may tell of too few, never of too many.
 */
export class QueueMark {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, MARK);
  }

  /**
   * Returns undefined if the file is missing, has changed since it was written, or tells nothing. It is removed then: a
   * longer one would not be right again when it is overwritten.
   */
  async read(): Promise<KeptRange | undefined> {
    const range = await this.#readRange();
    if (range === undefined) await this.#remove();
    return range;
  }

  /** Overwrites the file in place. One that cannot be written is removed: without it, less is known. */
  async write({ first, last }: KeptRange): Promise<void> {
    const range = [first, last].map((number) => String(number).padStart(DIGITS, '0')).join(' ');
    const line = `${range} ${checksum(range)}\n`;
    try {
      await writeFile(this.#path, line, { flag: 'r+' }).catch(() => writeFile(this.#path, line, { mode: 0o600 }));
    } catch {
      await this.#remove();
    }
  }

  async #readRange(): Promise<KeptRange | undefined> {
    try {
      const text = (await readRegularFile(this.#path, LINE_BYTES)).bytes.toString('latin1');
      const [, range = '', first, last, sum] = LINE.exec(text) ?? [];
      return sum === checksum(range) ? { first: Number(first), last: Number(last) } : undefined;
    } catch (error) {
      if (error instanceof FileProblem) return undefined;
      throw error;
    }
  }

  async #remove(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

/** A changed digit would tell of records that never were, and the numbers of new ones would go on behind them. */
function checksum(range: string): string {
  return crc32(range).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

/** How many records should be there and are not: `content` is what there is, `mark` what was there. */
export function missingFrom(content: KeptRange & { readonly count: number }, mark: KeptRange | undefined): number {
  const ranges = [content, ...(mark === undefined ? [] : [mark])].filter(
    ({ first, last }) => last > 0 && first <= last,
  );
  if (ranges.length === 0) return 0;
  const first = Math.min(...ranges.map((range) => range.first));
  const last = Math.max(...ranges.map((range) => range.last));
  return last - first + 1 - content.count;
}

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileProblem } from '../../../files/file-problem.js';
import { readRegularFile } from '../../../files/regular-file.js';

/** The name of the file. */
export const MARK = 'KEPT';
const DIGITS = 16;
const LINE = /^(\d{16}) (\d{16})\n$/;

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

  /** Returns undefined if the file is missing or tells nothing. */
  async read(): Promise<KeptRange | undefined> {
    try {
      const text = (await readRegularFile(this.#path, 2 * DIGITS + 2)).bytes.toString('latin1');
      const [, first, last] = LINE.exec(text) ?? [];
      return first === undefined ? undefined : { first: Number(first), last: Number(last) };
    } catch (error) {
      if (error instanceof FileProblem) return undefined;
      throw error;
    }
  }

  /** Overwrites the file in place. One that cannot be written is removed: without it, less is known. */
  async write({ first, last }: KeptRange): Promise<void> {
    const line = [first, last].map((number) => String(number).padStart(DIGITS, '0')).join(' ');
    try {
      await writeFile(this.#path, `${line}\n`, { flag: 'r+' }).catch(() =>
        writeFile(this.#path, `${line}\n`, { mode: 0o600 }),
      );
    } catch {
      await rm(this.#path, { force: true }).catch(() => undefined);
    }
  }
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

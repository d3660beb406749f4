import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileProblem } from '../files/file-problem.js';
import { readRegularFile } from '../files/regular-file.js';

const NAME = 'ACKNOWLEDGED';
const DIGITS = 20;

/**
 * A file beside LevelDB's own, which ignores it: the number of the last batch that was acknowledged. LevelDB cannot tell a log that
 * somebody cut short from one that a crash left unfinished; this number can.
 * It is not synced: after a power failure it may be older than the store or no number at all, but never ahead of it.
 */
export class AcknowledgedFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, NAME);
  }

  /** Creates the file of a new store. */
  create(sequence: number): Promise<void> {
    return writeFile(this.#path, line(sequence), { mode: 0o600 });
  }

  /** Overwrites the number in place, by the file's name, so that it rejects where the folder has been taken away. */
  update(sequence: number): Promise<void> {
    return writeFile(this.#path, line(sequence), { flag: 'r+' });
  }

  /** The number; undefined if the file is not there or holds none. */
  async read(): Promise<number | undefined> {
    try {
      const text = (await readRegularFile(this.#path, DIGITS + 1)).bytes.toString('latin1');
      return /^\d{20}\n$/.test(text) ? Number(text) : undefined;
    } catch (error) {
      if (error instanceof FileProblem) return undefined;
      throw error;
    }
  }
}

/** All lines are of one length, so that one replaces another whole. */
function line(sequence: number): string {
  return `${String(sequence).padStart(DIGITS, '0')}\n`;
}

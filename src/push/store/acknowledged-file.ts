import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileProblem } from '../../files/file-problem.js';
import { readRegularFile } from '../../files/regular-file.js';

const NAME = 'ACKNOWLEDGED';
const DIGITS = 20;

/**
 * A file in LevelDB's folder, which LevelDB ignores, with the number of the last batch that was acknowledged. LevelDB
 * cannot tell a log that was cut short later from one that a crash left unfinished; with this number it can be told.
 * The file is not synced. After a power failure its number may be too low or missing, but never too high.
 */
export class AcknowledgedFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, NAME);
  }

  /** Creates the file in a new store. */
  create(sequence: number): Promise<void> {
    return writeFile(this.#path, line(sequence), { mode: 0o600 });
  }

  /** Overwrites the number in place. It opens the file by name, so that it rejects if the folder has been removed. */
  update(sequence: number): Promise<void> {
    return writeFile(this.#path, line(sequence), { flag: 'r+' });
  }

  /** Returns the number, or undefined if the file is missing or has none. */
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

/** All lines have the same length, so that a write replaces the old line completely. */
function line(sequence: number): string {
  return `${String(sequence).padStart(DIGITS, '0')}\n`;
}

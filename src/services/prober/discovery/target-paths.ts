import { resolve } from 'node:path';
import { findConfigFiles } from '../../../config/config-files.js';

/**
 * The files that the command line's paths lead to. A file that is missing for a moment is kept: neither an editor that
 * saves under another name and renames, nor a folder that cannot be read, removes targets.
 */
export class TargetPaths {
  readonly #paths: readonly string[];
  /** The files of each path at the last look. */
  #last: readonly (readonly string[])[] = [];
  /** Files that were not there at the last look, and at the one before were. */
  #missing = new Set<string>();

  readonly #onEmpty: (path: string) => void;
  /** Paths of which that was said. */
  #empty = new Set<string>();

  /** `onEmpty` is told of a path when it begins to lead to no file. */
  constructor(paths: readonly string[], onEmpty: (path: string) => void) {
    this.#paths = paths;
    this.#onEmpty = onEmpty;
  }

  /** Whether there is any path. */
  get isUsed(): boolean {
    return this.#paths.length > 0;
  }

  /**
   * Resolves to the files, each once, in the order of the paths. With `isPatient` a file that is missing for the first
   * time is still one of them.
   */
  async find(isPatient: boolean): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    const found: string[][] = [];
    for (const [index, path] of this.#paths.entries()) {
      const { files, isComplete } = await findConfigFiles(path, isTargetsName);
      const now = new Set(files.map((file) => resolve(file)));
      const gone = (this.#last[index] ?? []).filter((file) => !now.has(file));
      const kept = gone.filter((file) => !isComplete || (isPatient && !this.#missing.has(file)));
      if (isComplete) for (const file of kept) missing.add(file);
      found.push([...now, ...kept].sort());
    }
    this.#last = found;
    this.#missing = missing;
    this.#sayEmpty(this.#paths.filter((_, index) => found[index]?.length === 0));
    return new Set(found.flat());
  }

  #sayEmpty(empty: readonly string[]): void {
    for (const path of empty) if (!this.#empty.has(path)) this.#onEmpty(path);
    this.#empty = new Set(empty);
  }
}

/** Whether a file in a folder is a targets file, by the rules of Prometheus' file_sd. */
export function isTargetsName(name: string): boolean {
  return !name.startsWith('.') && /\.(?:ya?ml|json)$/.test(name);
}

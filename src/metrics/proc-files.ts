import { openSync, readdirSync, readFileSync, readSync, statfsSync, statSync } from 'node:fs';

/** The type of the kernel's own /proc among file systems (`PROC_SUPER_MAGIC` of statfs(2)). */
const PROC_FILESYSTEM = 0x9fa0;

/** The first size of a buffer, in bytes: more than any of the files has. */
const BUFFER_BYTES = 16 * 1024;

/**
 * The files of a /proc that are read at every scrape. Those of the kernel's own are read through descriptors that stay
 * open as long as the process: each reading from the start makes the text anew, for a third of the time that opening,
 * reading and closing take.
 */
export interface ProcFiles {
  /**
   * The text of a file of one record, as `stat` and `limits` are, by its path below the root; undefined if it cannot be
   * read.
   */
  readonly read: (path: string) => string | undefined;
  /** How many descriptors the process has open; undefined if nothing says it. */
  readonly countDescriptors: () => number | undefined;
}

/** One for each root: services that share a process share its descriptors. */
const ofRoots = new Map<string, ProcFiles>();

/** The files below `root`, such as `/proc`. */
export function procFiles(root: string): ProcFiles {
  if (!isProc(root)) {
    return {
      read: (path) => readIfThere(`${root}/${path}`),
      countDescriptors: () => listDescriptors(root),
    };
  }
  let known = ofRoots.get(root);
  if (known === undefined) ofRoots.set(root, (known = kernelFiles(root)));
  return known;
}

/** Reads a file, or returns undefined: some kernels and sandboxes do not have each of them. */
export function readIfThere(path: string): string | undefined {
  return ifThere(() => readFileSync(path, 'utf8'));
}

/** The descriptors that are open, by the entries of a folder; undefined if it cannot be listed. */
export function countEntries(folder: string): number | undefined {
  return ifThere(() => readdirSync(folder).length);
}

function kernelFiles(root: string): ProcFiles {
  const files = new Map<string, KeptFile>();
  const folder = `${root}/self/fd`;
  const sizeOf = (): number | undefined => ifThere(() => statSync(folder).size);
  // Since Linux 6.2 the size of the folder is the number of descriptors; before, it is zero.
  const isCountedBySize = sizeOf() === listDescriptors(root);
  return {
    read: (path) => {
      let file = files.get(path);
      if (file === undefined) files.set(path, (file = new KeptFile(`${root}/${path}`)));
      return file.read();
    },
    countDescriptors: () => (isCountedBySize ? sizeOf() : listDescriptors(root)),
  };
}

function listDescriptors(root: string): number | undefined {
  const entries = countEntries(`${root}/self/fd`);
  // One of the descriptors belongs to this listing.
  return entries === undefined ? undefined : entries - 1;
}

function isProc(root: string): boolean {
  return ifThere(() => statfsSync(root).type) === PROC_FILESYSTEM;
}

/** A file of the kernel's, whose text is made when it is read from the start. */
class KeptFile {
  readonly #path: string;
  #descriptor: number | undefined;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  constructor(path: string) {
    this.#path = path;
  }

  read(): string | undefined {
    return ifThere(() => {
      this.#descriptor ??= openSync(this.#path, 'r');
      for (;;) {
        // Files of one record, such as these, come whole in one reading, if there is room.
        const length = readSync(this.#descriptor, this.#buffer, 0, this.#buffer.length, 0);
        if (length < this.#buffer.length) return this.#buffer.toString('latin1', 0, length);
        this.#buffer = Buffer.allocUnsafeSlow(2 * length);
      }
    });
  }
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

import type { Stats } from 'node:fs';
import type { Clock } from '../values/clock.js';
import { inSlices } from '../values/in-slices.js';
import { FileProblem } from './file-problem.js';
import { decodeText, NotUtf8Problem } from './file-text.js';
import { factsOfFile, readRegularFile } from './regular-file.js';

/**
 * The content of a file at one moment: a new object whenever it changed, so that what was made from it can be kept
 * beside it.
 */
export type FileContent =
  | { readonly readable: true; readonly text: string }
  /** `problem` is in Go's words, such as `open /x: no such file or directory`, or names file and line. */
  | { readonly readable: false; readonly problem: string };

/**
 * The most bytes of a file with certificates or a key: all authorities that a system trusts have 0.3 MiB, and reading
 * them takes some fifteen times the size of the file.
 */
export const LARGEST_PEM_BYTES = 4 * 1024 * 1024;
/** Web config files and hosts files; the longest lists of blocked hosts have some 10 MiB. */
const LARGEST_BYTES = 32 * 1024 * 1024;

/** How often a file is looked at. */
export interface WatchedFileOptions {
  readonly clock: Clock;
  /** The file is looked at again after this many seconds at the earliest. */
  readonly checkSeconds: number;
  /**
   * Whether a file with bytes that are not UTF-8 counts as unreadable, and UTF-16 with a byte order mark is decoded.
   * Otherwise such bytes become U+FFFD, as a hosts file with one such comment is to be of use all the same.
   */
  readonly isStrict?: boolean;
  /** A longer file counts as unreadable. */
  readonly largestBytes?: number;
}

/** A file that may change: it is looked at when somebody asks for it, never on a timer, and never twice at a time. */
export class WatchedFile {
  readonly #path: string;
  readonly #options: WatchedFileOptions;
  #content: FileContent | undefined;
  #stamp = '';
  #checkedAt = -Infinity;
  #check: Promise<FileContent> | undefined;

  constructor(path: string, options: WatchedFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** The content, at most `checkSeconds` old. */
  async fresh(): Promise<FileContent> {
    if (this.#content !== undefined && !this.#isStale()) return this.#content;
    return this.#checkOnce();
  }

  /**
   * The content if it is fresh already; undefined if it must be checked first. It saves callers a turn for a promise.
   */
  get current(): FileContent | undefined {
    return this.#isStale() ? undefined : this.#content;
  }

  /**
   * The content as last seen, without waiting for the disk where it was ever read; a look at the file is started if it
   * is due.
   */
  async lastSeen(): Promise<FileContent> {
    if (this.#content === undefined) return this.#checkOnce();
    if (this.#isStale()) void this.#checkOnce();
    return this.#content;
  }

  #isStale(): boolean {
    return this.#options.clock.monotonicSeconds() - this.#checkedAt >= this.#options.checkSeconds;
  }

  #checkOnce(): Promise<FileContent> {
    this.#check ??= this.#look().finally(() => {
      this.#check = undefined;
    });
    return this.#check;
  }

  async #look(): Promise<FileContent> {
    this.#checkedAt = this.#options.clock.monotonicSeconds();
    const seen = await this.#read();
    if (this.#content === undefined || seen.stamp !== this.#stamp) {
      this.#content = seen.content();
      this.#stamp = seen.stamp;
    }
    return this.#content;
  }

  /**
   * The stamp changes with the file; the content is only read when it does. While the file system does not answer, the
   * last content stays.
   */
  async #read(): Promise<{ stamp: string; content: () => FileContent }> {
    const last = this.#content;
    const { largestBytes = LARGEST_BYTES } = this.#options;
    try {
      const stamp = stampOf(await factsOfFile(this.#path));
      if (last !== undefined && stamp === this.#stamp) return { stamp, content: () => last };
      const content = await this.#decoded((await readRegularFile(this.#path, largestBytes)).bytes);
      return { stamp, content: () => content };
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      if (error.isHang && last !== undefined) return { stamp: this.#stamp, content: () => last };
      return { stamp: error.message, content: () => ({ readable: false, problem: error.message }) };
    }
  }

  async #decoded(bytes: Buffer): Promise<FileContent> {
    if (this.#options.isStrict !== true) return { readable: true, text: bytes.toString('utf8') };
    try {
      return { readable: true, text: await inSlices(decodeText(this.#path, bytes)) };
    } catch (error) {
      if (!(error instanceof NotUtf8Problem)) throw error;
      return { readable: false, problem: error.message };
    }
  }
}

function stampOf({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}

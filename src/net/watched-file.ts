import { readFile, stat } from 'node:fs/promises';
import { codeOf, textOf } from '../probe/error-text.js';
import type { Clock } from '../values/clock.js';

/** The content of a file at one moment: a new object whenever it changed, so that what was made from it can be kept beside it. */
export type FileContent =
  | { readonly readable: true; readonly text: string }
  /** `problem` is in Go's words, such as `open /x: no such file or directory`. */
  | { readonly readable: false; readonly problem: string };

export interface WatchedFileOptions {
  readonly clock: Clock;
  /** The file is looked at again after this many seconds at the earliest. */
  readonly checkSeconds: number;
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

  /** The content as last seen, without waiting for the disk where it was ever read; a look at the file is started if it is due. */
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

  /** The stamp changes with the file; the content is only read when it does. */
  async #read(): Promise<{ stamp: string; content: () => FileContent }> {
    try {
      const { mtimeNs, size, ino, ctimeNs } = await stat(this.#path, { bigint: true });
      const stamp = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
      if (stamp === this.#stamp) return { stamp, content: () => ({ readable: true, text: '' }) };
      const text = await readFile(this.#path, 'utf8');
      return { stamp, content: () => ({ readable: true, text }) };
    } catch (error) {
      const problem = goFileError(this.#path, error);
      return { stamp: problem, content: () => ({ readable: false, problem }) };
    }
  }
}

const GO_ERRNO: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
};

/** What Go says when a file cannot be read. */
function goFileError(path: string, error: unknown): string {
  const code = codeOf(error) ?? '';
  return `${code === 'EISDIR' ? 'read' : 'open'} ${path}: ${GO_ERRNO[code] ?? textOf(error)}`;
}

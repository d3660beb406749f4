import type { FileContent, WatchedFile } from '../../files/watched-file.js';
import { atOnce, inSlices, type Steps } from '../../values/in-slices.js';

/** Parsed in one go, which saves look-ups a turn; it takes some milliseconds. */
const SHORT = 64 * 1024;

/**
 * What a file says, parsed again only after it has changed, and never after `isFinal`. A file that cannot be read
 * counts as empty, as in Go. While a long file is parsed, the last value stays.
 */
export class ParsedFile<T> {
  readonly #file: WatchedFile;
  readonly #parse: (text: string) => Steps<T>;
  readonly #isFinal: (value: T) => boolean;
  #last: { readonly content: FileContent; readonly value: T } | undefined;
  #parsing: Promise<T> | undefined;

  constructor(file: WatchedFile, parse: (text: string) => Steps<T>, isFinal: (value: T) => boolean = () => false) {
    this.#file = file;
    this.#parse = parse;
    this.#isFinal = isFinal;
  }

  /** Waits for the disk and the parsing for the first time only. */
  async value(): Promise<T> {
    if (this.#last !== undefined && this.#isFinal(this.#last.value)) return this.#last.value;
    const content = await this.#file.lastSeen();
    if (this.#last?.content === content) return this.#last.value;
    const text = content.readable ? content.text : '';
    if (text.length <= SHORT && this.#parsing === undefined) return this.#keep(content, atOnce(this.#parse(text)));
    this.#parsing ??= inSlices(this.#parse(text)).then((value) => {
      this.#parsing = undefined;
      return this.#keep(content, value);
    });
    return this.#last === undefined ? this.#parsing : this.#last.value;
  }

  #keep(content: FileContent, value: T): T {
    this.#last = { content, value };
    return value;
  }
}

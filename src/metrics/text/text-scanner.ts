import { isUtf8 } from 'node:buffer';
import { textOfBytes } from '../../values/byte-string.js';
import { parseFloatText, parsePlainDecimal } from '../parse-float.js';
import { StringCache } from '../string-cache.js';
import { cite, TextParseError } from './text-parse-error.js';

/** The byte that ends a line. */
export const LINE_FEED = 0x0a;
/** The byte `"`. */
export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const TAB = 0x09;
const SMALL_N = 0x6e;

/** The rest of a line is a type, or the beginning of it is cited. */
const LONGEST_REST_BYTES = 8192;

/**
 * Kinds of the bytes of unquoted names, as bits: 1 for letters and underscore, 2 for digits, 4 for the colon, which
 * only metric names have.
 */
const NAME_BYTES = new Uint8Array(256);
for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') NAME_BYTES[letter.charCodeAt(0)] = 1;
for (const digit of '0123456789') NAME_BYTES[digit.charCodeAt(0)] = 2;
NAME_BYTES[':'.charCodeAt(0)] = 4;

/** The kinds of bytes that the first and the following bytes of an unquoted name may have. */
const NAME_KINDS = {
  metric: { first: 1 | 4, rest: 1 | 2 | 4 },
  label: { first: 1, rest: 1 | 2 },
} as const;

/**
 * Reads the tokens of the text format from bytes, one after the other. A token that runs into the end of the input is
 * an error.
 */
export class TextScanner {
  readonly #bytes: Buffer;
  readonly #strings: StringCache;
  #at = 0;
  #line = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#strings = new StringCache(bytes);
  }

  /** Makes the error for the line that is being read. */
  failure(problem: string): TextParseError {
    return new TextParseError(this.#line, problem);
  }

  /** How many bytes are before the current one. */
  get place(): number {
    return this.#at;
  }

  /** Goes back to an earlier byte. Errors do not name the right line after that. */
  goBack(place: number): void {
    this.#at = place;
  }

  /** Goes to the first byte of the next line that is not a blank, and returns it; undefined at the end of the input. */
  nextLine(): number | undefined {
    this.#line++;
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== SPACE && byte !== TAB) return byte;
      this.#at++;
    }
  }

  /** Returns the current byte. */
  byte(): number {
    return this.#byteAt(this.#at);
  }

  advance(): void {
    this.#at++;
  }

  /** Skips blanks and returns the byte after them, which is then the current one. */
  skipBlanks(): number {
    for (;;) {
      const byte = this.#byteAt(this.#at);
      if (byte !== SPACE && byte !== TAB) return byte;
      this.#at++;
    }
  }

  skipLine(): void {
    const end = this.#bytes.indexOf(LINE_FEED, this.#at);
    if (end === -1) throw this.#ended();
    this.#at = end + 1;
  }

  /**
   * Reads a name, quoted or not; returns an empty text if there is none. Bytes that are not UTF-8 are decoded as
   * byte-string.ts describes.
   */
  name(kind: 'metric' | 'label'): string {
    const { first, rest } = NAME_KINDS[kind];
    const start = this.#at;
    let byte = this.#byteAt(start);
    if (((NAME_BYTES[byte] ?? 0) & first) === 0 && byte !== QUOTE) return '';
    let hash = 0;
    while (((NAME_BYTES[byte] ?? 0) & rest) !== 0) {
      hash = (hash * 31 + byte) | 0;
      byte = this.#byteAt(++this.#at);
    }
    if (byte !== QUOTE) return this.#strings.text(start, this.#at, hash);
    return textOfBytes(Buffer.concat([this.#bytes.subarray(start, this.#at), this.#quotedPart(start, kind)]));
  }

  /** Reads from the current quote past the closing one. Error messages quote the input from `start`. */
  #quotedPart(start: number, kind: string): Buffer {
    const quoteAt = this.#at++;
    return this.#upToQuote((read) => {
      const name = Buffer.concat([this.#bytes.subarray(start, quoteAt), read]);
      return `${kind} name ${cite(name)} contains unescaped new-line`;
    });
  }

  /** Reads the text between the current quote and the closing one. */
  labelValue(): string {
    const start = ++this.#at;
    let hash = 0;
    let seen = 0;
    let byte = this.#byteAt(start);
    while (byte !== QUOTE && byte !== BACKSLASH && byte !== LINE_FEED) {
      hash = (hash * 31 + byte) | 0;
      seen |= byte;
      byte = this.#byteAt(++this.#at);
    }
    if (byte === QUOTE && seen < 0x80) return this.#strings.text(start, this.#at++, hash);
    this.#at = start;
    const bytes = this.#upToQuote((read) => `label value ${cite(read)} contains unescaped new-line`);
    if (!isUtf8(bytes)) throw this.failure(`invalid label value ${cite(bytes)}`);
    return bytes.toString('utf8');
  }

  /** Reads up to and past the next quote, and resolves escapes. */
  #upToQuote(onLineFeed: (read: Buffer) => string): Buffer {
    const start = this.#at;
    let end = start;
    let escapes = 0;
    for (let byte = this.#byteAt(end); byte !== QUOTE; byte = this.#byteAt(end)) {
      if (byte === LINE_FEED) throw this.failure(onLineFeed(unescaped(this.#bytes.subarray(start, end), escapes)));
      if (byte === BACKSLASH) {
        this.#checkEscape(++end);
        escapes++;
      }
      end++;
    }
    this.#at = end + 1;
    return unescaped(this.#bytes.subarray(start, end), escapes);
  }

  #checkEscape(at: number): void {
    const byte = this.#byteAt(at);
    if (byte === QUOTE || byte === BACKSLASH || byte === SMALL_N) return;
    throw this.failure(`invalid escape sequence '\\${String.fromCharCode(byte)}'`);
  }

  /**
   * Reads the rest of the line past the line feed, without its backslashes, which upstream's parser leaves out. Of a
   * line that is longer than anything that somebody reads, the beginning.
   */
  restOfLine(): Buffer {
    const start = this.#at;
    this.skipLine();
    const line = this.#bytes.subarray(start, Math.min(this.#at - 1, start + LONGEST_REST_BYTES));
    return line.includes(BACKSLASH) ? Buffer.from(line.filter((byte) => byte !== BACKSLASH)) : line;
  }

  /** Reads the rest of the line past the line feed, and resolves escapes. Bytes that are not UTF-8 become U+FFFD. */
  help(): string {
    const start = this.#at;
    let escapes = 0;
    for (let byte = this.byte(); byte !== LINE_FEED; byte = this.byte()) {
      if (byte === BACKSLASH) {
        this.#checkEscape(++this.#at);
        escapes++;
      }
      this.#at++;
    }
    return unescaped(this.#bytes.subarray(start, this.#at++), escapes).toString('utf8');
  }

  /** Reads the bytes before the next blank or line feed, which is then the current byte. */
  word(): Buffer {
    const start = this.#at;
    this.#skipWord();
    return this.#bytes.subarray(start, this.#at);
  }

  /** Reads a word as a float. If it is none, the error message is `what` followed by `, got "…"`. */
  float(what: string): number {
    const start = this.#at;
    this.#skipWord();
    const plain = parsePlainDecimal(this.#bytes, start, this.#at);
    if (plain !== undefined) return plain;
    const word = this.#bytes.subarray(start, this.#at);
    const value = parseFloatText(word.toString('latin1'));
    if (value === undefined) throw this.failure(`${what}, got ${cite(word)}`);
    return value;
  }

  #skipWord(): void {
    for (let byte = this.byte(); byte !== SPACE && byte !== TAB && byte !== LINE_FEED; byte = this.byte()) this.#at++;
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw this.#ended();
    return byte;
  }

  #ended(): TextParseError {
    return this.failure('unexpected end of input stream');
  }
}

/** Resolves `escapes` escapes, which are all valid. */
function unescaped(bytes: Buffer, escapes: number): Buffer {
  if (escapes === 0) return bytes;
  const plain = Buffer.alloc(bytes.length - escapes);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isEscape = bytes[at] === BACKSLASH && at + 1 < bytes.length;
    const byte = isEscape ? bytes[++at] : bytes[at];
    plain[length++] = isEscape && byte === SMALL_N ? LINE_FEED : (byte ?? 0);
  }
  return plain.subarray(0, length);
}

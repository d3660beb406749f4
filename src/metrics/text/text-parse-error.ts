import { textOfBytes } from '../../values/byte-string.js';
import { goQuote } from '../../values/go/go-quote.js';

/** A text is not a valid exposition. `message` is the whole sentence in upstream's words, without a line feed. */
export class TextParseError extends Error {
  override readonly name = 'TextParseError';
  /** The line number, from 1. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`text format parsing error in line ${line}: ${problem}`);
    this.line = line;
  }
}

/** Upstream quotes the whole token, however long; these messages stay short. */
const LONGEST_CITED_BYTES = 1024;

/** Quotes bytes of the input as Go's `%q` does, cut off after 1 KiB. */
export function cite(bytes: Uint8Array): string {
  if (bytes.length <= LONGEST_CITED_BYTES) return goQuote(textOfBytes(bytes));
  return `${goQuote(textOfBytes(bytes.subarray(0, LONGEST_CITED_BYTES)))}…`;
}

/** Quotes decoded text as Go's `%q` does, cut off after 1,024 characters. */
export function citeText(text: string): string {
  if (text.length <= LONGEST_CITED_BYTES) return goQuote(text);
  return `${goQuote(text.slice(0, LONGEST_CITED_BYTES))}…`;
}

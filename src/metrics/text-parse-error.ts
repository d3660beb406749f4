import { textOfBytes } from '../values/byte-string.js';
import { goQuote } from '../values/go-quote.js';

/** Why a text is no exposition: `message` is the whole sentence, in upstream's words, without a line feed. */
export class TextParseError extends Error {
  override readonly name = 'TextParseError';
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`text format parsing error in line ${line}: ${problem}`);
    this.line = line;
  }
}

/** Upstream cites whatever it read, however long; an error of ours stays short. */
const LONGEST_CITED_BYTES = 1024;

/** Bytes of the input as Go's `%q` writes them. */
export function cite(bytes: Uint8Array): string {
  if (bytes.length <= LONGEST_CITED_BYTES) return goQuote(textOfBytes(bytes));
  return `${goQuote(textOfBytes(bytes.subarray(0, LONGEST_CITED_BYTES)))}…`;
}

/** The same for what was decoded already. */
export function citeText(text: string): string {
  if (text.length <= LONGEST_CITED_BYTES) return goQuote(text);
  return `${goQuote(text.slice(0, LONGEST_CITED_BYTES))}…`;
}

import { isUtf8 } from 'node:buffer';
import { locateIn, testText } from '../../probe/checks/check-text.js';
import { bytesOf, textOfBytes } from '../../values/byte-string.js';
import type { GoRegexp, Span } from '../../values/go/go-regexp.js';
import type { MatchGroups } from '../../values/go/go-template.js';
import { loopTurns } from '../../values/loop-turns.js';
import { ownText } from '../../values/own-text.js';

/** Text from a target, as Go's regexp package would see the same bytes. */
export interface ReceivedText {
  /** The text for patterns, in which every byte that is no UTF-8 counts as U+FFFD. */
  readonly text: string;
  /** The text in as many UTF-16 units, but with such bytes kept, in the manner of values/byte-string.ts. */
  readonly exact: string;
}

/** Puts U+FFFD in the place of bytes that are no UTF-8. */
export function withoutRawBytes(exact: string): string {
  // A surrogate that stands alone has no form in UTF-8: Buffer writes U+FFFD in its place.
  return Buffer.from(exact, 'utf8').toString('utf8');
}

/** Returns what was received as a text to search in. */
export function readText(bytes: Buffer): ReceivedText {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    return { text, exact: text };
  }
  const exact = textOfBytes(bytes);
  return { text: withoutRawBytes(exact), exact };
}

/** Bytes that are decoded before the clock is checked. If they are no UTF-8, that takes half a millisecond. */
const BYTES_A_LOOK = 16 * 1024;

/** Does what readText does in turns, for texts that may be long. */
export function readLongText(bytes: Buffer): ReceivedText | Promise<ReceivedText> {
  return bytes.length <= BYTES_A_LOOK ? readText(bytes) : readInTurns(bytes);
}

async function readInTurns(bytes: Buffer): Promise<ReceivedText> {
  let text = '';
  let exact = '';
  let turns = 0;
  for (let at = 0; at < bytes.length;) {
    if (loopTurns.isOver()) await loopTurns.next(turns++);
    const end = startOfCharacter(bytes, at + BYTES_A_LOOK);
    const part = readText(bytes.subarray(at, end));
    text += part.text;
    exact += part.exact;
    at = end;
  }
  return { text, exact };
}

/** `at`, or where the character begins that goes on there. Of UTF-8 a character has at most four octets. */
function startOfCharacter(bytes: Buffer, at: number): number {
  for (let start = at; start > at - 4; start--) if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  return at;
}

/** Whether `regexp` matches; a promise where that may take long, which rejects as `testTexts` does. */
export function matches({ text }: ReceivedText, regexp: GoRegexp, signal: AbortSignal): boolean | Promise<boolean> {
  return testText(regexp, text, signal);
}

/** A match in what a target said. */
export interface TextMatch {
  /** Byte strings. */
  readonly groups: MatchGroups;
  /** The end of the match, in bytes from the start of the text. */
  readonly endByte: () => number;
}

/** The first match of `regexp`, with its groups; undefined if there is none. Rejects as `locateIn` does. */
export async function matchText(
  { text, exact }: ReceivedText,
  regexp: GoRegexp,
  signal: AbortSignal,
): Promise<TextMatch | undefined> {
  const spans = await locateIn(text, regexp, signal);
  if (spans === undefined) return undefined;
  return {
    groups: spans.map((span) => (span === undefined ? undefined : cut(exact, span))),
    endByte: () => bytesOf(exact.slice(0, spans[0]?.end ?? 0)).length,
  };
}

function cut(text: string, { start, end }: Span): string {
  // The part may become a label, which is kept for longer than the text.
  return ownText(text.slice(start, end));
}

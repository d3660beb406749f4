import { isUtf8 } from 'node:buffer';
import { bytesOf, textOfBytes } from '../../values/byte-string.js';
import { locateIn, testTexts } from '../../probe/check-text.js';
import type { Span, GoRegexp } from '../../values/go-regexp.js';
import type { MatchGroups } from '../../values/go-template.js';

/** What a target said, as Go's regexp package would see the same bytes. */
export interface ReceivedText {
  /** For patterns: every byte that is no UTF-8 counts as U+FFFD. */
  readonly text: string;
  /** The same in as many UTF-16 units, but such bytes kept, in the manner of values/byte-string.ts. */
  readonly exact: string;
}

/** Puts U+FFFD in the place of bytes that are no UTF-8. */
export function withoutRawBytes(exact: string): string {
  // A surrogate that stands alone has no form in UTF-8: Buffer writes U+FFFD in its place.
  return Buffer.from(exact, 'utf8').toString('utf8');
}

export function readText(bytes: Buffer): ReceivedText {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    return { text, exact: text };
  }
  const exact = textOfBytes(bytes);
  return { text: withoutRawBytes(exact), exact };
}

/** Whether `regexp` matches. Rejects as `testTexts` does. */
export async function matches({ text }: ReceivedText, regexp: GoRegexp, signal: AbortSignal): Promise<boolean> {
  const [[matched = false] = []] = await testTexts([regexp], [text], signal);
  return matched;
}

/** A match in what a target said. */
export interface TextMatch {
  /** Byte strings. */
  readonly groups: MatchGroups;
  /** Where the match ends, in bytes from the start of the text. */
  readonly endByte: number;
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
    endByte: bytesOf(exact.slice(0, spans[0]?.end ?? 0)).length,
  };
}

function cut(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

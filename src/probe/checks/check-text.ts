import type { GoRegexp, Span } from '../../values/go/go-regexp.js';
import type { HeldBytes } from '../../values/held-bytes.js';
import { loopTurns } from '../../values/loop-turns.js';
import { checkThreads } from './check-threads.js';

/** Checks that may take longer than this are done in a thread, in milliseconds. */
const MOST_ON_LOOP_MS = 3;
/** Less than that adds up to nothing that others would notice. */
const NOTHING_MS = 0.25;
/** Decoding alone takes milliseconds for more than that. */
const MOST_ON_LOOP_LENGTH = 256 * 1024;

/** The same for bytes that are no UTF-8, which take ten times as long and more: a millisecond for so many. */
const MOST_RAW_ON_LOOP_BYTES = 48 * 1024;

/** The results for each text: whether each pattern matches. */
export type Matches = readonly (readonly boolean[])[];

/**
 * Looks for patterns in texts, or in their UTF-8: in place where that is quick, else in a thread, which may take the
 * bytes. Rejects with the signal's reason once that is aborted, and with a ProbeFailure for a check that takes too much
 * memory.
 */
export async function testTexts(
  patterns: readonly GoRegexp[],
  texts: readonly (string | HeldBytes)[],
  signal: AbortSignal,
): Promise<Matches> {
  if (areQuick(patterns, texts) && texts.every(isSoonDecoded)) {
    if (costOf(patterns, texts).ms > NOTHING_MS && loopTurns.isOver()) await loopTurns.next();
    return texts.map((text) => {
      const plain = text.toString();
      return patterns.map((pattern) => pattern.test(plain));
    });
  }
  const sources = patterns.map(({ source }) => source);
  const pieces = texts.map((text) => (typeof text === 'string' ? text : text.handOver()));
  const answer = await checkThreads.run({ kind: 'test', patterns: sources, texts: pieces }, signal);
  // The answer to a task of this kind.
  return answer as Matches;
}

/** Whether a pattern matches a text: at once where that costs nothing, else as `testTexts` does. */
export function testText(pattern: GoRegexp, text: string, signal: AbortSignal): boolean | Promise<boolean> {
  if (text.length <= MOST_ON_LOOP_LENGTH && pattern.testMilliseconds(text.length) <= NOTHING_MS) {
    return pattern.test(text);
  }
  return testTexts([pattern], [text], signal).then(([[matched = false] = []]) => matched);
}

/** Whether `testTexts` would do it in place. */
export function areQuick(patterns: readonly GoRegexp[], texts: readonly { readonly length: number }[]): boolean {
  const { ms, length } = costOf(patterns, texts);
  return ms <= MOST_ON_LOOP_MS && length <= MOST_ON_LOOP_LENGTH;
}

function isSoonDecoded(text: string | HeldBytes): boolean {
  return typeof text === 'string' || text.length <= MOST_RAW_ON_LOOP_BYTES || text.isUtf8;
}

function costOf(
  patterns: readonly GoRegexp[],
  texts: readonly { readonly length: number }[],
): { readonly ms: number; readonly length: number } {
  let length = 0;
  for (const text of texts) length += text.length;
  let ms = 0;
  for (const pattern of patterns) ms += pattern.testMilliseconds(length);
  return { ms, length };
}

/**
 * The first match of a pattern, with its groups, as GoRegexp.locate returns it. It runs in place or in a thread, as
 * `testTexts` does.
 */
export async function locateIn(
  text: string,
  pattern: GoRegexp,
  signal: AbortSignal,
): Promise<readonly (Span | undefined)[] | undefined> {
  const ms = pattern.locateMilliseconds(text.length);
  if (ms <= MOST_ON_LOOP_MS) {
    if (ms > NOTHING_MS && loopTurns.isOver()) await loopTurns.next();
    return pattern.locate(text);
  }
  const answer = await checkThreads.run({ kind: 'locate', pattern: pattern.source, text }, signal);
  // The answer to a task of this kind.
  return answer as readonly (Span | undefined)[] | undefined;
}

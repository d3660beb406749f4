import type { GoRegexp, Span } from '../values/go-regexp.js';
import { checkThreads } from './check-threads.js';

/** Checks that may take longer than this are done in a thread, in milliseconds. */
const MOST_ON_LOOP_MS = 5;
/** Decoding alone takes milliseconds for more than that. */
const MOST_ON_LOOP_LENGTH = 256 * 1024;

/** For each text, whether each pattern matches. */
export type Matches = readonly (readonly boolean[])[];

/**
 * Looks for patterns in texts, or in their UTF-8: in place where that is quick, else in a thread.
 * Rejects with the signal's reason once that is aborted, and with a ProbeFailure for a check that takes too much memory.
 */
export async function testTexts(
  patterns: readonly GoRegexp[],
  texts: readonly (string | Buffer)[],
  signal: AbortSignal,
): Promise<Matches> {
  if (areQuick(patterns, texts)) {
    return texts.map((text) => {
      const plain = text.toString();
      return patterns.map((pattern) => pattern.test(plain));
    });
  }
  const answer = await checkThreads.run(
    { kind: 'test', patterns: patterns.map(({ source }) => source), texts },
    signal,
  );
  // The answer to a task of this kind.
  return answer as Matches;
}

/** Whether `testTexts` would do it in place. */
export function areQuick(patterns: readonly GoRegexp[], texts: readonly { readonly length: number }[]): boolean {
  let length = 0;
  for (const text of texts) length += text.length;
  let cost = 0;
  for (const pattern of patterns) cost += pattern.testMilliseconds(length);
  return cost <= MOST_ON_LOOP_MS && length <= MOST_ON_LOOP_LENGTH;
}

/** Where a pattern and its groups match first, as GoRegexp.locate has it; in place or in a thread as `testTexts`. */
export async function locateIn(
  text: string,
  pattern: GoRegexp,
  signal: AbortSignal,
): Promise<readonly (Span | undefined)[] | undefined> {
  if (pattern.locateMilliseconds(text.length) <= MOST_ON_LOOP_MS) return pattern.locate(text);
  const answer = await checkThreads.run({ kind: 'locate', pattern: pattern.source, text }, signal);
  // The answer to a task of this kind.
  return answer as readonly (Span | undefined)[] | undefined;
}

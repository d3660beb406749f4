import { ProbeFailure } from '../../probe/failure.js';
import type { ProbeContext } from '../../probe/prober.js';
import type { MatchGroups } from '../../values/go/go-template.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { TextExpectation } from './query-step.js';
import type { ReadLog } from './read-log.js';
import { LARGEST_LINE_BYTES, type ReceiveBuffer, TooLongError } from './receive-buffer.js';
import { matches, matchText, readLongText, type ReceivedText } from './received-text.js';

/** The most bytes that a probe reads without a match, which bounds the cost of a target that never stops sending. */
export const LARGEST_DIALOGUE_BYTES = 16 * 1024 * 1024;

/**
 * Patterns over the whole buffer may take this fraction (one in SHARE_OF_SEARCH) of the time, because each small piece
 * that arrives makes them start again.
 */
const SHARE_OF_SEARCH = 4;

const NO_GROUPS: readonly string[] = [];

/** The result of a search in the peer's text. */
export type SearchResult =
  | { readonly found: 'match'; readonly groups: MatchGroups }
  | { readonly found: 'rejected'; readonly text: string }
  /** The peer ended before a match; `heard` says whether it had said anything. */
  | { readonly found: 'nothing'; readonly heard: boolean };

/** The inputs of a search. */
export interface Search {
  readonly buffer: ReceiveBuffer;
  readonly context: ProbeContext;
  readonly readLog: ReadLog;
}

/**
 * Reads until the expectation is met, or cannot be any more. Rejects with what the buffer rejects with, or with a
 * ProbeFailure.
 */
export function searchText(expectation: TextExpectation, search: Search): Promise<SearchResult> {
  return expectation.multiline ? searchBuffer(expectation, search) : searchLines(expectation, search);
}

async function searchLines(expectation: TextExpectation, { buffer, readLog, context }: Search): Promise<SearchResult> {
  for (let [lines, turns] = [0, 0]; ; lines++) {
    const line = await buffer.readLine();
    if (line === undefined) return { found: 'nothing', heard: lines > 0 };
    // Only what is long, or costs much, is waited for.
    const reading = readLongText(line);
    const received = reading instanceof Promise ? await reading : reading;
    readLog.read(received.text);
    const judging = judge(expectation, received, context.signal);
    const verdict = judging instanceof Promise ? await judging : judging;
    if (verdict !== undefined) {
      if (verdict.found === 'match') readLog.matched(received.text, expectation.regexp.source);
      return verdict;
    }
    checkAmount(buffer);
    if (loopTurns.isOver()) {
      await loopTurns.next(turns++);
      // Thousands of lines may have arrived before the time was up.
      context.signal.throwIfAborted();
    }
  }
}

/** A match consumes the data up to its end. The rest is left for the next step. */
async function searchBuffer(expectation: TextExpectation, search: Search): Promise<SearchResult> {
  const { buffer, readLog } = search;
  let more = buffer.content.length > 0 || (await buffer.receive());
  while (more) {
    const { content } = buffer;
    const received = await readLongText(content);
    readLog.sees(received.text);
    const startedAt = search.context.clock.monotonicSeconds();
    const { regexp, reject } = expectation;
    const { signal } = search.context;
    if (reject !== undefined && (await matches(received, reject, signal))) {
      return { found: 'rejected', text: received.text };
    }
    const match = await matchText(received, regexp, signal);
    if (match !== undefined) {
      readLog.read(received.text);
      readLog.matched(received.text, regexp.source);
      buffer.consume(match.endByte());
      return { found: 'match', groups: match.groups };
    }
    if (content.length >= LARGEST_LINE_BYTES) throw new TooLongError('no match in what may be held at once');
    const took = search.context.clock.monotonicSeconds() - startedAt;
    more = await buffer.receive();
    await pause(took * (SHARE_OF_SEARCH - 1), search.context);
  }
  return { found: 'nothing', heard: buffer.content.length > 0 };
}

function judge(
  expectation: TextExpectation,
  received: ReceivedText,
  signal: AbortSignal,
): SearchResult | undefined | Promise<SearchResult | undefined> {
  const { regexp, reject, needsGroups } = expectation;
  if (reject !== undefined || needsGroups) return judgeBoth(expectation, received, signal);
  const matched = matches(received, regexp, signal);
  return typeof matched === 'boolean' ? foundIf(matched) : matched.then(foundIf);
}

function foundIf(matched: boolean): SearchResult | undefined {
  return matched ? { found: 'match', groups: NO_GROUPS } : undefined;
}

async function judgeBoth(
  { regexp, reject, needsGroups }: TextExpectation,
  received: ReceivedText,
  signal: AbortSignal,
): Promise<SearchResult | undefined> {
  if (reject !== undefined && (await matches(received, reject, signal))) {
    return { found: 'rejected', text: received.text };
  }
  if (!needsGroups) return foundIf(await matches(received, regexp, signal));
  const match = await matchText(received, regexp, signal);
  return match === undefined ? undefined : { found: 'match', groups: match.groups };
}

function checkAmount({ receivedBytes }: ReceiveBuffer): void {
  if (receivedBytes <= LARGEST_DIALOGUE_BYTES) return;
  throw new ProbeFailure('dialogue', 'response_too_large', 'Error reading from connection', {
    err: `no match in the first ${LARGEST_DIALOGUE_BYTES} bytes`,
  });
}

/** A shorter pause is skipped: its timer costs more than it saves. */
const SHORTEST_PAUSE_SECONDS = 0.001;

function pause(seconds: number, { clock, signal }: ProbeContext): Promise<void> {
  if (seconds < SHORTEST_PAUSE_SECONDS || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(seconds, end);
    signal.addEventListener('abort', end, { once: true });
  });
}

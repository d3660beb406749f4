import { OpenList, type OpenPlace } from '../../values/lists/open-list.js';
import type { WebResponse } from '../exchange.js';
import { PIECE_BYTES } from './send-pieces.js';

/**
 * The most bytes that all responses together may hold while clients have not read them: enough for 2,000 of 64 KiB.
 */
export const MOST_UNREAD_BYTES = 128 * 1024 * 1024;

/** The most answers that are looked at to find the one that gives way; each may be that of a slow reader. */
const MOST_LOOKED_AT = 1000;

/** A client takes its answer as long as it does not pause for this many times its longest pause before. */
const PATIENCE = 2;

/** An answer that is held in memory for its client. */
interface UnreadAnswer {
  readonly response: WebResponse;
  readonly bytes: number;
  /** When some of it was taken last, or when it was made. */
  takenAtMs: number;
  /** The longest time in which the client took nothing, and then something. */
  longestPauseMs: number;
  place: OpenPlace<UnreadAnswer> | undefined;
}

/**
 * The room for answers that clients have not read. Where it is needed for another answer, the one that nobody has taken
 * anything of for the longest time is cut off, so that clients that read nothing keep nobody from his answer. Those
 * whose client takes some now and then come last.
 */
export class UnreadRoom {
  readonly #nowMs: () => number;
  /** The one that was not taken from for the longest time is the first. */
  readonly #held = new OpenList<UnreadAnswer>();
  #bytes = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Holds `bytes` of an answer that is the client's own, until it has been taken or the client is gone. Returns false
   * for one that is too large to be held beside others. One that nobody waits for any more is not sent, and not held.
   */
  hold(response: WebResponse, bytes: number): boolean {
    // Its `close` has been.
    if (response.destroyed) return true;
    if (bytes > MOST_UNREAD_BYTES && this.#bytes > 0) return false;
    while (this.#bytes > 0 && this.#bytes + bytes > MOST_UNREAD_BYTES) this.#cutOne();
    const answer: UnreadAnswer = {
      response,
      bytes,
      takenAtMs: this.#nowMs(),
      longestPauseMs: 0,
      place: undefined,
    };
    answer.place = this.#held.add(answer);
    this.#bytes += bytes;
    // What is no longer than a piece is taken at once, or not.
    if (bytes > PIECE_BYTES) {
      response.on('drain', () => {
        this.#taken(answer);
      });
    }
    response.on('close', () => {
      this.#release(answer);
    });
    return true;
  }

  #taken(answer: UnreadAnswer): void {
    if (answer.place === undefined) return;
    const nowMs = this.#nowMs();
    answer.longestPauseMs = Math.max(answer.longestPauseMs, nowMs - answer.takenAtMs);
    answer.takenAtMs = nowMs;
    this.#held.remove(answer.place);
    answer.place = this.#held.add(answer);
  }

  #cutOne(): void {
    const nowMs = this.#nowMs();
    const stalled = this.#held.takeFirst(
      ({ takenAtMs, longestPauseMs }) => nowMs - takenAtMs > PATIENCE * longestPauseMs,
      MOST_LOOKED_AT,
    );
    const answer = stalled ?? this.#held.takeFirst();
    if (answer === undefined) return;
    this.#release(answer);
    answer.response.destroy();
  }

  /** For what was released before it does nothing. */
  #release(answer: UnreadAnswer): void {
    if (answer.place === undefined) return;
    this.#held.remove(answer.place);
    answer.place = undefined;
    this.#bytes -= answer.bytes;
  }
}

/** One room for the whole thread, since its memory is one. */
export const unreadRoom = new UnreadRoom(() => performance.now());

import type { Socket } from 'node:net';
import { type LoopTurns, loopTurns } from '../../values/loop-turns.js';

/**
 * The most turns of each of those who wait for one that a request lets pass. Probes that have begun count the wait for
 * their turn in their own times; a probe that has not begun does not. With this, each of 32 probes at once over TLS
 * took half as long by its own clock.
 */
const MOST_PASSED = 8;
/**
 * How old a request may be before it no longer counts turns, in milliseconds. Targets that send without end keep all
 * turns busy: requests would come in faster than they are taken, and no scrape, nor `/-/healthy`, would get its answer
 * in time. What some dozens of honest probes have begun together is over before.
 */
const MOST_WAITED_MS = 400;
/** For how long requests of that age are taken before others have a turn, in milliseconds. */
const OLD_ONES_MS = 2;

/**
 * Processes what clients send in turns with everything else: heads of 128 KiB, or thousands of small ones, may come in
 * one turn of the event loop. Bytes that have to wait are processed in the order in which they came.
 */
export class RequestTurns {
  readonly #turns: LoopTurns;
  readonly #nowMs: () => number;
  readonly #waiting: Waiting[] = [];
  #isBusy = false;
  /** When the latest turn of others was over, in milliseconds. */
  #passedAtMs = -Infinity;

  constructor(turns = loopTurns, nowMs: () => number = () => performance.now()) {
    this.#turns = turns;
    this.#nowMs = nowMs;
  }

  /** Calls `take` with bytes that have come from a connection, unless the connection is destroyed by then. */
  pass(socket: Socket, bytes: Buffer, take: (bytes: Buffer) => void): void {
    if (!this.#isBusy && !this.#turns.isOver()) {
      if (!socket.destroyed) take(bytes);
      return;
    }
    socket.pause();
    const begin = (): void => {
      if (socket.destroyed) return;
      // The socket resumes first, since Node's parser may pause it again.
      socket.resume();
      take(bytes);
    };
    this.#waiting.push({ begin, sinceMs: this.#nowMs() });
    if (!this.#isBusy) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (!this.#isDue(next)) await this.#turn(next);
      this.#waiting.shift();
      next.begin();
    }
    this.#isBusy = false;
  }

  /** Whether it is so old that it follows the one before in the same turn. */
  #isDue({ sinceMs }: Waiting): boolean {
    const nowMs = this.#nowMs();
    return nowMs - sinceMs > MOST_WAITED_MS && nowMs - this.#passedAtMs < OLD_ONES_MS;
  }

  /** Lets everything that has begun go on first, including the work of the request before. */
  async #turn({ sinceMs }: Waiting): Promise<void> {
    const most = MOST_PASSED * Math.max(1, this.#turns.waiting);
    for (let passed = 0; passed < most && (this.#turns.isOver() || this.#turns.waiting > 0); passed++) {
      if (passed > 0 && this.#nowMs() - sinceMs > MOST_WAITED_MS) return;
      await this.#turns.pass();
      this.#passedAtMs = this.#nowMs();
    }
  }
}

interface Waiting {
  readonly begin: () => void;
  /** When it came, in milliseconds. */
  readonly sinceMs: number;
}

/** The turns of all listeners of the process, since they share the event loop. */
export const requestTurns = new RequestTurns();

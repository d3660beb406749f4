import type { Socket } from 'node:net';
import { type LoopTurns, loopTurns } from '../../values/loop-turns.js';

/**
 * The most turns of others that a request waits for. Probes that have begun count the wait for their turn in their own
 * times; a probe that has not begun does not. With this, each of 32 probes at once over TLS took half as long by its
 * own clock.
 */
const MOST_PASSED = 8;

/**
 * Processes what clients send in turns with everything else: heads of 128 KiB, or thousands of small ones, may come in
 * one turn of the event loop. Bytes that have to wait are processed in the order in which they came.
 */
export class RequestTurns {
  readonly #turns: LoopTurns;
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  constructor(turns = loopTurns) {
    this.#turns = turns;
  }

  /** Calls `take` with bytes that have come from a connection, unless the connection is destroyed by then. */
  pass(socket: Socket, bytes: Buffer, take: (bytes: Buffer) => void): void {
    if (!this.#isBusy && !this.#turns.isOver()) {
      if (!socket.destroyed) take(bytes);
      return;
    }
    socket.pause();
    this.#waiting.push(() => {
      if (socket.destroyed) return;
      // The socket resumes first, since Node's parser may pause it again.
      socket.resume();
      take(bytes);
    });
    if (!this.#isBusy) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      await this.#turn();
      this.#waiting.shift()?.();
    }
    this.#isBusy = false;
  }

  /** Lets everything that has begun go on first, including the work of the request before. */
  async #turn(): Promise<void> {
    for (let passed = 0; passed < MOST_PASSED && (this.#turns.isOver() || this.#turns.hasWaiting); passed++)
      await this.#turns.next();
  }
}

/** The turns of all listeners of the process, since they share the event loop. */
export const requestTurns = new RequestTurns();

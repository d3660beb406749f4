/**
 * How long synchronous work, of all probes together, may go on before timers and sockets get their turn: others measure
 * milliseconds meanwhile.
 */
const TURN_MS = 2;

/**
 * Shares out the event loop by time, not by count. Whoever works through input that may be long asks `isOver` between
 * two steps, and awaits `next` where it is: timers fire, sockets are read, and those who wait have a turn one after the
 * other, in the order in which they came.
 */
export class LoopTurns {
  readonly #nowMs: () => number;
  readonly #defer: (callback: () => void) => void;
  readonly #waiting: (() => void)[] = [];
  #endsAt: number | undefined;
  #isDeferred = false;

  constructor(nowMs: () => number = () => performance.now(), defer: (callback: () => void) => void = setImmediate) {
    this.#nowMs = nowMs;
    this.#defer = defer;
  }

  /** Whether it is the turn of others. The first question in a turn starts its clock. */
  isOver(): boolean {
    if (this.#endsAt !== undefined) return this.#nowMs() >= this.#endsAt;
    this.#startClock();
    return false;
  }

  /** Resolves when there is time again, for one of those who wait in each turn of the loop. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#deferNextTurn();
    });
  }

  #deferNextTurn(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#defer(this.#beginTurn);
  }

  #startClock(): void {
    this.#endsAt = this.#nowMs() + TURN_MS;
    this.#deferNextTurn();
  }

  readonly #beginTurn = (): void => {
    this.#isDeferred = false;
    this.#endsAt = undefined;
    const resume = this.#waiting.shift();
    if (resume === undefined) return;
    this.#startClock();
    resume();
  };
}

/** The turns of this thread's event loop: there is one loop, so all share one clock. */
export const loopTurns = new LoopTurns();

/**
 * How long synchronous work, of all probes together, may go on before timers and sockets get their turn, in
 * milliseconds: others measure milliseconds meanwhile.
 */
const TURN_MS = 2;

/**
 * Shares the event loop by time, not by count. Code that processes possibly long input asks `isOver` between steps, and
 * awaits `next` when it is true. Timers fire and sockets are read meanwhile, and waiting code continues in the order in
 * which it came.
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

  /** Whether the turn is over, so that other work should run. The first call in a turn starts its clock. */
  isOver(): boolean {
    if (this.#endsAt !== undefined) return this.#nowMs() >= this.#endsAt;
    this.#startClock();
    return false;
  }

  /** Whether work that had to stop waits for a turn. */
  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves in a later turn of the loop. Each turn wakes one waiter. */
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

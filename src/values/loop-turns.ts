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
  readonly #answering: (() => void)[] = [];
  #passing: (() => void)[] = [];
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

  /** How many had to stop and wait for a turn. */
  get waiting(): number {
    return this.#waiting.length + this.#answering.length;
  }

  /** Resolves in a later turn of the loop. Each turn wakes one waiter. */
  next(): Promise<void> {
    return this.#wait(this.#waiting);
  }

  /**
   * The same for work that somebody outside waits for: the end of a probe, an answer. Each turn wakes one of these too,
   * so that they do not wait behind a hundred targets that send without end.
   */
  soon(): Promise<void> {
    return this.#wait(this.#answering);
  }

  /**
   * Resolves in the next turn of the loop, after the one that it wakes, however many wait: for code that counts turns.
   * Its own work is not a part of those turns, so it has to be short.
   */
  pass(): Promise<void> {
    return this.#wait(this.#passing);
  }

  #wait(queue: (() => void)[]): Promise<void> {
    return new Promise((resolve) => {
      queue.push(resolve);
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
    const passed = this.#passing;
    this.#passing = [];
    const woken = [this.#answering.shift(), this.#waiting.shift()];
    if (woken.some((resume) => resume !== undefined)) this.#startClock();
    for (const resume of woken) resume?.();
    for (const goOn of passed) goOn();
  };
}

/** The turns of this thread's event loop: there is one loop, so all share one clock. */
export const loopTurns = new LoopTurns();

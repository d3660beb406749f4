import { nextTick } from 'node:process';

/**
 * How long synchronous work, of all probes together, may go on before timers and sockets get their turn, in
 * milliseconds: others measure milliseconds meanwhile.
 */
const TURN_MS = 2;
/** How much longer a turn may last before nothing more is read in it, in milliseconds: what is read is begun, too. */
const LONGER_MS = 2;
/**
 * Whoever has waited so often has had this many times two milliseconds, or has slowed down others as often. An ordinary
 * probe needs hardly more: its handshake is the longest part of it.
 */
const FIRST_TURNS = 4;
/** Of those who have had more, the ones with less than 8, 16, 32 and so on go before the others. */
const LATER_CLASSES = 8;
/** Where others are never done, one of those who have had more goes on in every so many turns, class after class. */
const TURNS_A_LATER_ONE = 4;

/** How turns are told the time, and how they are called; all are Node's own where absent. */
export interface LoopTurnsOptions {
  /** TURN_MS where absent; with 0, each turn wakes one of each class. */
  readonly turnMs?: number;
  readonly nowMs?: () => number;
  /** Calls back in the next turn of the loop. */
  readonly defer?: (callback: () => void) => void;
  /** Calls back within this turn, once all that promises have to do is done. */
  readonly afterPromises?: (callback: () => void) => void;
}

/**
 * Shares the event loop by time, not by count. Code that processes possibly long input asks `isOver` between steps, and
 * awaits `next` when it is true. Timers fire and sockets are read meanwhile, and waiting code continues in the order in
 * which it came, in classes: answers, those who have just begun, and the others by how much they have had.
 */
export class LoopTurns {
  readonly #turnMs: number;
  readonly #nowMs: () => number;
  readonly #defer: (callback: () => void) => void;
  readonly #afterPromises: (callback: () => void) => void;
  readonly #due: Resume[] = [];
  readonly #answering: Resume[] = [];
  readonly #waiting: Resume[] = [];
  /** Those who have had least first. */
  readonly #later: readonly Resume[][] = Array.from({ length: LATER_CLASSES }, () => []);
  #passing: Resume[] = [];
  #turnsWithoutLater = 0;
  /** The class of the last one of those that went on although others were not done. */
  #lastDue = LATER_CLASSES;
  #endsAt: number | undefined;
  #isDeferred = false;

  constructor({ turnMs = TURN_MS, nowMs, defer, afterPromises }: LoopTurnsOptions = {}) {
    this.#turnMs = turnMs;
    this.#nowMs = nowMs ?? ((): number => performance.now());
    this.#defer = defer ?? setImmediate;
    this.#afterPromises = afterPromises ?? afterDuePromises;
  }

  /** Whether the turn is over, so that other work should run. The first call in a turn starts its clock. */
  isOver(): boolean {
    if (this.#endsAt !== undefined) return this.#nowMs() >= this.#endsAt;
    this.#startClock();
    return false;
  }

  /** Whether the turn is not only over: no more work should come in. The first call in a turn starts its clock, too. */
  isLong(): boolean {
    return this.isOver() && this.#endsAt !== undefined && this.#nowMs() >= this.#endsAt + LONGER_MS;
  }

  /** How many had to stop and wait for a turn, without those who have had much time already. */
  get waiting(): number {
    return this.#waiting.length + this.#answering.length + this.#due.length;
  }

  /**
   * Resolves in a later turn of the loop. `had` says how often the same work has waited before: once that is often, it
   * goes behind all that has not, so that targets that send without end do not slow down probes that have just begun.
   */
  next(had = 0): Promise<void> {
    return this.#wait(this.#queueOf(had));
  }

  /**
   * The same for work that somebody outside waits for: the end of a probe, an answer. Each turn wakes these first, so
   * that they do not wait behind a hundred targets.
   */
  soon(): Promise<void> {
    return this.#wait(this.#answering);
  }

  /** The same for what a clock has called, goes before answers, and takes well below a millisecond. */
  due(): Promise<void> {
    return this.#wait(this.#due);
  }

  /** Whether that waits, so that answers have to. */
  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /**
   * Resolves in the next turn of the loop, after the one that it wakes, however many wait: for code that counts turns.
   * Its own work is not a part of those turns, so it has to be short.
   */
  pass(): Promise<void> {
    return this.#wait(this.#passing);
  }

  #queueOf(had: number): Resume[] {
    const doublings = Math.floor(Math.log2(Math.max(1, had / FIRST_TURNS)));
    return had < FIRST_TURNS ? this.#waiting : (this.#later[Math.min(doublings, LATER_CLASSES - 1)] ?? this.#waiting);
  }

  #wait(queue: Resume[]): Promise<void> {
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
    this.#endsAt = this.#nowMs() + this.#turnMs;
    this.#deferNextTurn();
  }

  /** Wakes one of each class, and more of them while the turn lasts: a turn of the loop costs more than most need. */
  readonly #beginTurn = (): void => {
    this.#isDeferred = false;
    this.#endsAt = undefined;
    const passed = this.#passing;
    this.#passing = [];
    const first = this.#due.shift() ?? this.#answering.shift();
    const woken = [first, this.#waiting.shift()].filter((resume) => resume !== undefined);
    woken.push(...this.#laterOnes(woken.length === 0 && passed.length === 0));
    if (woken.length > 0) this.#startClock();
    if (this.#later.some((queue) => queue.length > 0)) this.#deferNextTurn();
    for (const resume of woken) resume();
    for (const goOn of passed) goOn();
    if (this.waiting > 0) this.#afterPromises(this.#wakeAnother);
  };

  /** One of those who have had more, if nobody else wants the turn, or if they have waited long enough. */
  #laterOnes(isFree: boolean): readonly Resume[] {
    const isDue = ++this.#turnsWithoutLater >= TURNS_A_LATER_ONE;
    if (!isFree && !isDue) return [];
    if (isDue) this.#turnsWithoutLater = 0;
    const queue = isDue ? this.#later[this.#dueClass()] : this.#later.find(({ length }) => length > 0);
    return queue?.splice(0, 1) ?? [];
  }

  /**
   * The class below the last one that was due, or that of those who have had most: who sends without end is always
   * among these, and would keep those between waiting for good. Returns -1 if nobody waits.
   */
  #dueClass(): number {
    const below = this.#later.findLastIndex(({ length }, at) => at < this.#lastDue && length > 0);
    this.#lastDue = below >= 0 ? below : this.#later.findLastIndex(({ length }) => length > 0);
    return this.#lastDue;
  }

  readonly #wakeAnother = (): void => {
    if (this.isOver()) return;
    (this.#due.shift() ?? this.#answering.shift() ?? this.#waiting.shift())?.();
    if (this.waiting > 0) this.#afterPromises(this.#wakeAnother);
  };
}

type Resume = () => void;

/** Ticks come after the promises that are due, but those of a callback that has just ended before them. */
function afterDuePromises(callback: () => void): void {
  queueMicrotask(() => {
    nextTick(callback);
  });
}

/** The turns of this thread's event loop: there is one loop, so all share one clock. */
export const loopTurns = new LoopTurns();

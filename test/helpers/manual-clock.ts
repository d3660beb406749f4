import type { Clock } from '../../src/values/clock.js';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** A clock that a test moves by hand; it begins at 2026-01-02T03:04:05.678Z, and monotonic time at 1000 s. */
export class ManualClock implements Clock {
  #wall = Date.UTC(2026, 0, 2, 3, 4, 5, 678) / 1000;
  #monotonic = 1000;
  readonly #timers = new Set<Timer>();

  readonly wallSeconds = (): number => this.#wall;
  readonly monotonicSeconds = (): number => this.#monotonic;

  readonly after = (seconds: number, action: () => void): (() => void) => {
    const timer = { at: this.#monotonic + Math.max(0, seconds), action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  };

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves both times forward and fires what is due, the earliest first, each at its own moment. */
  advance(seconds: number): void {
    const end = this.#monotonic + seconds;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#moveTo(due.at);
      due.action();
    }
    this.#moveTo(end);
  }

  /** Sets the wall clock, as a time server does, while monotonic time goes on. */
  setWall(seconds: number): void {
    this.#wall = seconds;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

import { secondsSince, wholeNanoseconds } from '../values/clock.js';
import type { Clock } from '../values/clock.js';

/** Adds up how long each phase of a probe took. Phases are timed by wrapping a step, so they cannot overlap. */
export class PhaseClock<P extends string> {
  readonly #clock: Clock;
  readonly #seconds = new Map<P, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `step` and adds its time to `phase`, also when it throws. */
  async time<T>(phase: P, step: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.monotonicSeconds();
    try {
      return await step();
    } finally {
      this.add(phase, secondsSince(startedAt, this.#clock));
    }
  }

  /** Adds `seconds` to `phase`, for a step that timed itself. */
  add(phase: P, seconds: number): void {
    this.#seconds.set(phase, wholeNanoseconds(this.seconds(phase) + seconds));
  }

  /** The time spent in `phase` so far; zero if it was never entered. */
  seconds(phase: P): number {
    return this.#seconds.get(phase) ?? 0;
  }

  /** Whether `phase` was ever entered: zero and absent are different answers. */
  entered(phase: P): boolean {
    return this.#seconds.has(phase);
  }
}

import { wholeNanoseconds } from '../values/clock.js';
import type { Phase } from './failure.js';
import type { PhaseMarks } from './phase-marks.js';

/** A probe's record of phases. */
interface Timed {
  readonly marks: PhaseMarks;
}

/** Adds up how long each phase of a probe took. Phases are timed by wrapping a step, so they cannot overlap. */
export class PhaseClock<P extends Phase> {
  readonly #marks: PhaseMarks;
  /**
   * The phases that were entered, and the seconds of the one at the same place: a handful is sooner searched than
   * hashed.
   */
  readonly #entered: P[] = [];
  readonly #seconds: number[] = [];

  constructor({ marks }: Timed) {
    this.#marks = marks;
  }

  /**
   * Runs `step` and adds its time to `phase`, also when it throws; `failing` is the phase of its failures where that is
   * another.
   */
  async time<T>(phase: P, step: () => Promise<T>, failing: Phase = phase): Promise<T> {
    const startedAt = this.#marks.enter(failing);
    try {
      return await step();
    } finally {
      this.add(phase, this.#marks.enter('setup') - startedAt);
    }
  }

  /** Continues a step with another phase of failures, which has no duration of its own here. */
  enter(failing: Phase): void {
    this.#marks.enter(failing);
  }

  /** Adds `seconds` to `phase`, for a step that timed itself. */
  add(phase: P, seconds: number): void {
    const index = this.#entered.indexOf(phase);
    if (index === -1) {
      this.#entered.push(phase);
      this.#seconds.push(wholeNanoseconds(seconds));
    } else {
      this.#seconds[index] = wholeNanoseconds((this.#seconds[index] ?? 0) + seconds);
    }
  }

  /** The time spent in `phase` so far; zero if it was never entered. */
  seconds(phase: P): number {
    return this.#seconds[this.#entered.indexOf(phase)] ?? 0;
  }

  /** Whether `phase` was ever entered: zero and absent are different answers. */
  entered(phase: P): boolean {
    return this.#entered.includes(phase);
  }
}

import { type Clock, secondsSince, wholeNanoseconds } from '../values/clock.js';
import type { Phase } from './failure.js';
import type { Fields } from './fields.js';

/** How long a phase took, over all visits of one attempt. */
export interface PhaseTime {
  readonly phase: Phase;
  readonly seconds: number;
}

interface Mark {
  readonly phase: Phase;
  startedAt: number;
  /** The seconds of the visits before this one. */
  secondsBefore: number;
  /** Whether it was ever left. */
  isLeft: boolean;
}

/**
 * When one probe entered each phase that a failure can happen in; entering one leaves the one before. Tells what a
 * failed phase took, and what went well before it, where upstream's gauges have zeroes. Starts in `setup`, which is
 * also all that lies between other phases.
 */
export class PhaseMarks {
  readonly #clock: Clock;
  /** Those that were left, in the order of that: a handful, sooner searched than hashed. */
  #marks: Mark[] = [];
  /** The marks of the attempts before this one. */
  #before: Mark[][] = [];
  #current: Mark;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#current = { phase: 'setup', startedAt: clock.monotonicSeconds(), secondsBefore: 0, isLeft: false };
  }

  /** Called some ten times a probe: a mark is made once a phase and then changed. */
  enter(phase: Phase): void {
    const now = this.#clock.monotonicSeconds();
    const left = this.#current;
    left.secondsBefore += now - left.startedAt;
    if (!left.isLeft) {
      left.isLeft = true;
      this.#marks.push(left);
    }
    const known = this.#find(phase);
    if (known === undefined) this.#current = { phase, startedAt: now, secondsBefore: 0, isLeft: false };
    else {
      known.startedAt = now;
      this.#current = known;
    }
  }

  #find(phase: Phase): Mark | undefined {
    for (const mark of this.#marks) if (mark.phase === phase) return mark;
    return undefined;
  }

  /** Another attempt begins (a redirect is followed): what the ones before it took counts no more. */
  restart(): void {
    this.enter(this.#current.phase);
    this.#before.push(this.#marks);
    this.#marks = [];
    this.#current = { phase: 'setup', startedAt: this.#clock.monotonicSeconds(), secondsBefore: 0, isLeft: false };
  }

  /** Seconds since `phase` was last entered; since the last phase was, where this one never was. */
  secondsIn(phase: Phase): number {
    const mark = this.#current.phase === phase ? undefined : this.#find(phase);
    return secondsSince((mark ?? this.#current).startedAt, this.#clock);
  }

  /** What each phase of each attempt took, the last one up to now. */
  hops(): readonly (readonly PhaseTime[])[] {
    this.enter(this.#current.phase);
    return [...this.#before, this.#marks].map((marks) =>
      marks.map(({ phase, secondsBefore }) => ({ phase, seconds: wholeNanoseconds(secondsBefore) })),
    );
  }

  /**
   * What each phase took so far, in the order in which they were first left, as fields of a log line:
   * `connect_seconds`.
   */
  timings(): Fields {
    this.enter(this.#current.phase);
    const phases = this.#marks.filter(({ phase }) => phase !== 'setup');
    return Object.fromEntries(
      phases.map(({ phase, secondsBefore }) => [`${phase}_seconds`, wholeNanoseconds(secondsBefore)]),
    );
  }
}

import { type Clock, wholeNanoseconds } from '../values/clock.js';
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
  /** Whether the phase was ever left. */
  isLeft: boolean;
}

/**
 * The times at which one probe entered each phase that a failure can happen in; entering one leaves the one before.
 * They show how long a failed phase took, and which went well before it, where upstream's gauges have zeroes. The first
 * phase is `setup`, which also covers the time between other phases.
 */
export class PhaseMarks {
  readonly #clock: Clock;
  /**
   * The phases that were left, in the order in which they were first left. They are few, so a search is faster than a
   * hash.
   */
  #marks: Mark[] = [];
  /** The marks of the attempts before this one. */
  #before: Mark[][] = [];
  #current: Mark;
  #endedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#current = { phase: 'setup', startedAt: clock.monotonicSeconds(), secondsBefore: 0, isLeft: false };
  }

  /**
   * Enters a phase; returns when, on the monotonic clock. This is called some ten times in a probe, so a mark is made
   * once for each phase and then changed.
   */
  enter(phase: Phase): number {
    const now = this.#now();
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
    return now;
  }

  #find(phase: Phase): Mark | undefined {
    for (const mark of this.#marks) if (mark.phase === phase) return mark;
    return undefined;
  }

  /** Ends the last phase: what is asked for later, such as a line of the log, has the times of this moment. */
  end(): void {
    this.#endedAt ??= this.#clock.monotonicSeconds();
  }

  #now(): number {
    return this.#endedAt ?? this.#clock.monotonicSeconds();
  }

  /** Begins another attempt (a redirect is followed). The times of earlier attempts no longer count. */
  restart(): void {
    this.enter(this.#current.phase);
    this.#before.push(this.#marks);
    this.#marks = [];
    this.#current = { phase: 'setup', startedAt: this.#clock.monotonicSeconds(), secondsBefore: 0, isLeft: false };
  }

  /**
   * The duration of `phase` in this attempt, over all visits, as `timings` has it. Where the phase was never entered:
   * the seconds since the last one was.
   */
  secondsIn(phase: Phase): number {
    const { startedAt } = this.#current;
    const since = this.#now() - startedAt;
    const before = this.#find(phase)?.secondsBefore;
    if (before === undefined) return wholeNanoseconds(since);
    return wholeNanoseconds(this.#current.phase === phase ? before + since : before);
  }

  /** The duration of each phase, by attempt; the last attempt is measured until its end, or until now. */
  hops(): readonly (readonly PhaseTime[])[] {
    this.enter(this.#current.phase);
    return [...this.#before, this.#marks].map((marks) =>
      marks.map(({ phase, secondsBefore }) => ({ phase, seconds: wholeNanoseconds(secondsBefore) })),
    );
  }

  /**
   * The duration of each phase over all attempts and visits, in the order in which the phases were first left. `setup`
   * is left out.
   */
  totals(): readonly PhaseTime[] {
    const totals = new Map<Phase, number>();
    for (const { phase, seconds } of this.hops().flat()) {
      if (phase !== 'setup') totals.set(phase, wholeNanoseconds((totals.get(phase) ?? 0) + seconds));
    }
    return [...totals].map(([phase, seconds]) => ({ phase, seconds }));
  }

  /**
   * The duration of each phase of this attempt so far, in the order in which the phases were first left, as log fields
   * such as `connect_seconds`.
   */
  timings(): Fields {
    this.enter(this.#current.phase);
    const phases = this.#marks.filter(({ phase }) => phase !== 'setup');
    return Object.fromEntries(
      phases.map(({ phase, secondsBefore }) => [`${phase}_seconds`, wholeNanoseconds(secondsBefore)]),
    );
  }
}

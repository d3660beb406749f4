/** Cancels a timer that has not fired yet. Further calls do nothing. */
export type CancelTimer = () => void;

/** The service's clock. It is injected, so that tests move the time by hand. */
export interface Clock {
  /** Returns the seconds since the Unix epoch. */
  readonly wallSeconds: () => number;
  /** Returns the seconds of a clock that never goes back. Only differences have a meaning. */
  readonly monotonicSeconds: () => number;
  /** Calls `action` once after `seconds`, or as soon as possible if `seconds` is zero or less. */
  readonly after: (seconds: number, action: () => void) => CancelTimer;
}

/** Node's timers fire at once if the delay is above 2^31-1 ms. A timer that far away is set to this delay instead. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the operating system. */
export const systemClock: Clock = {
  wallSeconds: () => Date.now() / 1000,
  monotonicSeconds: () => performance.now() / 1000,
  after: (seconds, action) => {
    const timer = setTimeout(action, Math.min(Math.max(seconds * 1000, 0), LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Returns the seconds from `startedAt` (monotonic) until now, rounded to nanoseconds: smaller differences of floats are
 * noise.
 */
export function secondsSince(startedAt: number, clock: Clock): number {
  return wholeNanoseconds(clock.monotonicSeconds() - startedAt);
}

/** Rounds seconds to nanoseconds, which removes the noise of adding and subtracting floats. */
export function wholeNanoseconds(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e9;
}

/** Cancels a timer that has not fired yet; later calls do nothing. */
export type CancelTimer = () => void;

/** Time as the service sees it; injected, so that tests move it by hand. */
export interface Clock {
  /** Seconds since the Unix epoch. */
  readonly wallSeconds: () => number;
  /** Seconds on a clock that never goes back; only differences mean anything. */
  readonly monotonicSeconds: () => number;
  /** Calls `action` once, `seconds` from now (at once where that is zero or less). */
  readonly after: (seconds: number, action: () => void) => CancelTimer;
}

/** Node's timers fire at once beyond 2^31-1 ms; a deadline that far away is as good as none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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

/** Seconds from `startedAt` (monotonic) until now, to the nanosecond: beyond that a difference of floats is noise. */
export function secondsSince(startedAt: number, clock: Clock): number {
  return wholeNanoseconds(clock.monotonicSeconds() - startedAt);
}

/** A duration without the noise that adding and subtracting floats leaves behind. */
export function wholeNanoseconds(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e9;
}

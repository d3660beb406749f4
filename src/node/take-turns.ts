import type { Clock } from '../values/clock.js';

/**
 * How long synchronous work may run before the event loop gets a turn: probes of the same process measure milliseconds.
 */
const TURN_SECONDS = 0.002;

/** Runs `step` for each item in order, and lets the event loop run whenever a turn is over. */
export async function takeTurns<T>(items: Iterable<T>, clock: Clock, step: (item: T) => void): Promise<void> {
  let turnEndsAt = clock.monotonicSeconds() + TURN_SECONDS;
  for (const item of items) {
    step(item);
    if (clock.monotonicSeconds() < turnEndsAt) continue;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    turnEndsAt = clock.monotonicSeconds() + TURN_SECONDS;
  }
}

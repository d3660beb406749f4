import type { Clock } from '../values/clock.js';

/**
 * How long synchronous work may run before the event loop gets a turn: probes of the same process measure milliseconds.
 */
const TURN_SECONDS = 0.002;

/**
 * Runs `step` for each item in order, and lets the event loop run whenever a turn is over. Rejects with the reason of
 * `signal` if that has fired by then: nobody waits for the rest.
 */
export async function takeTurns<T>(
  items: Iterable<T>,
  clock: Clock,
  step: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  let turnEndsAt = clock.monotonicSeconds() + TURN_SECONDS;
  for (const item of items) {
    step(item);
    if (clock.monotonicSeconds() < turnEndsAt) continue;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    signal?.throwIfAborted();
    turnEndsAt = clock.monotonicSeconds() + TURN_SECONDS;
  }
}

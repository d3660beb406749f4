import type { Clock } from '../values/clock.js';

/** How long synchronous work may go on before others get their turn: probes of the same process measure milliseconds. */
const TURN_SECONDS = 0.002;

/** Does `step` for each item in order, leaving the event loop to others whenever a turn is over. */
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

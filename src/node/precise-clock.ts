import type { Clock } from '../values/clock.js';

/** More turns than fit into a millisecond, so that the wait also ends if the clock stands still. */
const MOST_TURNS = 200_000;

/**
 * Returns a wall clock that is more precise than Node's, which counts whole milliseconds. It waits for the next
 * millisecond to begin, and continues from there with the monotonic clock. It is precise for a second or two, until the
 * clocks drift apart.
 */
export function startPreciseClock(clock: Clock): () => number {
  const first = clock.wallSeconds();
  let wallStart = first;
  for (let turn = 0; wallStart === first && turn < MOST_TURNS; turn++) wallStart = clock.wallSeconds();
  const monotonicStart = clock.monotonicSeconds();
  return () => wallStart + (clock.monotonicSeconds() - monotonicStart);
}

import type { Clock } from '../values/clock.js';

/** More turns than a millisecond has, so that a clock that stands still ends the wait, too. */
const MOST_TURNS = 200_000;

/**
 * The wall clock with more digits than Node has, which tells whole milliseconds: waits for the next one to begin, for a millisecond at most, and counts
 * on from there by the monotonic clock. Good for a second or two, until the clocks drift apart.
 */
export function startPreciseClock(clock: Clock): () => number {
  const first = clock.wallSeconds();
  let wallStart = first;
  for (let turn = 0; wallStart === first && turn < MOST_TURNS; turn++) wallStart = clock.wallSeconds();
  const monotonicStart = clock.monotonicSeconds();
  return () => wallStart + (clock.monotonicSeconds() - monotonicStart);
}

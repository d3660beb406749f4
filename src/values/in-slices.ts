import { loopTurns } from './loop-turns.js';

/**
 * Runs work that says, by yielding, where it can be interrupted, and leaves the event loop to others whenever a turn is over: by time and
 * not by count, since nobody knows what a step costs. Rejects with what a step throws.
 */
export async function inSlices<T>(steps: Generator<unknown, T>): Promise<T> {
  for (;;) {
    if (loopTurns.isOver()) await loopTurns.next();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

import { loopTurns } from './loop-turns.js';

/**
 * Runs work that yields wherever it can be interrupted, and lets the event loop run whenever a turn is over. Turns are
 * measured in time, not in steps, because the cost of a step is unknown. Rejects with the error that a step throws.
 */
export async function inSlices<T>(steps: Generator<unknown, T>): Promise<T> {
  for (;;) {
    if (loopTurns.isOver()) await loopTurns.next();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

import { loopTurns } from './loop-turns.js';

/** Work that yields before each costly step, and wherever it has become long. */
export type Steps<T> = Generator<void, T>;

/**
 * Runs work that yields wherever it can be interrupted, and lets the event loop run whenever a turn is over. Turns are
 * measured in time, not in steps, because the cost of a step is unknown. Rejects with the error that a step throws.
 */
export async function inSlices<T>(steps: Generator<unknown, T>): Promise<T> {
  for (let turns = 0; ;) {
    if (loopTurns.isOver()) await loopTurns.next(turns++);
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Runs the same work in one go, where nobody waits or where it is known to be short. */
export function atOnce<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

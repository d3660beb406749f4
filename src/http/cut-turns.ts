import { LoopTurns } from '../values/loop-turns.js';

/**
 * The turns in which clients are cut off that took too long. Thousands of them may have come together, so that the time
 * of all is over at once; nobody waits for it.
 */
export const cutTurns = new LoopTurns();

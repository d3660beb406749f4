import { loopTurns } from '../values/loop-turns.js';
import type { Gatherer, MetricFamily } from './metric-family.js';

/** Returns the families of all gatherers, one gatherer after the other, in turns with other work. */
export async function gatherAll(gatherers: readonly Gatherer[]): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const gather of gatherers) {
    if (loopTurns.isOver()) await loopTurns.next();
    families.push(...(await gather()));
  }
  // The caller writes the families next, so others get their turn before that.
  if (loopTurns.isOver()) await loopTurns.next();
  return families;
}

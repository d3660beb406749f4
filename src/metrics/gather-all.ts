import { loopTurns } from '../values/loop-turns.js';
import type { Gatherer, MetricFamily } from './metric-family.js';
import { MetricSet } from './metric-set.js';

/** Returns the families of all gatherers, one gatherer after the other, in turns with other work. */
export async function gatherAll(gatherers: readonly Gatherer[]): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const gather of gatherers) {
    if (loopTurns.isOver()) await loopTurns.soon();
    families.push(...(await gather()));
  }
  // The caller writes the families next, so others get their turn before that.
  if (loopTurns.isOver()) await loopTurns.soon();
  return families;
}

/** Has all sources put their metrics into a set, one after the other, in turns with other work. */
export async function fillAll(metrics: MetricSet, fillers: readonly Filler[]): Promise<void> {
  for (const fill of fillers) {
    if (loopTurns.isOver()) await loopTurns.soon();
    fill(metrics);
  }
  if (loopTurns.isOver()) await loopTurns.soon();
}

/** Puts the current metrics of one source into a set. */
export type Filler = (metrics: MetricSet) => void;

/** The same metrics as families. */
export function gathererOf(fill: Filler): Gatherer {
  return () => {
    const metrics = new MetricSet();
    fill(metrics);
    return metrics.families();
  };
}

import type { Gatherer, MetricFamily } from './metric-family.js';

/** Returns the families of all gatherers, one gatherer after the other. */
export async function gatherAll(gatherers: readonly Gatherer[]): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const gather of gatherers) families.push(...(await gather()));
  return families;
}

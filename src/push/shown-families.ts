import type { MetricFamily } from '../metrics/metric-family.js';
import { suffixCollisions } from '../metrics/suffix-collisions.js';
import type { NameHolders } from './name-holders.js';
import type { OwnFamilies } from './own-families.js';
import { seriesKey, seriesProblem } from './series-checks.js';
import { countSeries } from './stored-family.js';

/** What a scrape shows of one name that has inconsistent series. */
export interface ShownFamilies {
  readonly families: readonly MetricFamily[];
  /** The number of series that are left out. */
  readonly leftOut: number;
}

/**
 * Chooses what can be shown of a name beside everything else, and chooses the same at every scrape. The service's own
 * metrics come first; a histogram or summary comes before a family that collides with its suffixes; then groups come in
 * the order of their ids. The first type counts, and of two equal series the first.
 */
export function shownFamilies(
  name: string,
  { holders, own, names }: { holders: NameHolders; own: OwnFamilies; names: ReadonlyMap<string, NameHolders> },
): ShownFamilies {
  const held = holders.inOrder.map(({ family }) => family.family);
  const type = own.typeOf(name) ?? held[0]?.type ?? 'untyped';
  const total = held.reduce((sum, family) => sum + countSeries(family), 0);
  const ownOrHeld = (other: string) =>
    [own.typeOf(other), ...(names.get(other)?.typesBeside(undefined) ?? [])].filter((known) => known !== undefined);
  // The family with the longer name is left out. The one with the shorter name is only left out for the service's own
  // metrics.
  const givesWay = suffixCollisions({ name, type }, ownOrHeld).some(
    ({ other }) => other.length < name.length || own.typeOf(other) !== undefined,
  );
  if (givesWay) return { families: [], leftOut: total };
  const seen = new Set<string>();
  const families = held.filter((family) => family.type === type).map((family) => consistentSeries(family, seen));
  return { families, leftOut: total - families.reduce((sum, family) => sum + countSeries(family), 0) };
}

/** Returns the series that are consistent in themselves and have not been seen before. */
function consistentSeries(family: MetricFamily, seen: Set<string>): MetricFamily {
  const samples = family.samples.filter((sample) => {
    const key = seriesKey(sample);
    if (seen.has(key) || seriesProblem(sample) !== undefined) return false;
    seen.add(key);
    return true;
  });
  return { ...family, samples };
}

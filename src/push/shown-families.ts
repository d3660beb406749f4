import type { MetricFamily } from '../metrics/metric-family.js';
import { suffixCollisions } from '../metrics/suffix-collisions.js';
import type { NameHolders } from './name-holders.js';
import type { OwnFamilies } from './own-families.js';
import { seriesKey, seriesProblem } from './series-checks.js';
import { countSeries } from './stored-family.js';

/** What a scrape shows of one name that has something in it that does not fit. */
export interface ShownFamilies {
  readonly families: readonly MetricFamily[];
  /** Series that are left out. */
  readonly leftOut: number;
}

/**
 * Chooses what of a name can be shown beside everything else, the same at every scrape: the service's own metrics come first, then a histogram or
 * summary before a family that its suffixes collide with, then groups in the order of their ids. The first type stands; of two equal series the first.
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
  // A family that has the longer name gives way; one that has the shorter name only to the service's own.
  const givesWay = suffixCollisions({ name, type }, ownOrHeld).some(
    ({ other }) => other.length < name.length || own.typeOf(other) !== undefined,
  );
  if (givesWay) return { families: [], leftOut: total };
  const seen = new Set<string>();
  const families = held.filter((family) => family.type === type).map((family) => soundSeries(family, seen));
  return { families, leftOut: total - families.reduce((sum, family) => sum + countSeries(family), 0) };
}

/** The series that are in order by themselves and were not there before. */
function soundSeries(family: MetricFamily, seen: Set<string>): MetricFamily {
  const samples = family.samples.filter((sample) => {
    const key = seriesKey(sample);
    if (seen.has(key) || seriesProblem(sample) !== undefined) return false;
    seen.add(key);
    return true;
  });
  return { ...family, samples };
}

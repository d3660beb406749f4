import type { MetricFamily, Sample } from '../../metrics/metric-family.js';
import { countSeries } from '../../metrics/series-in-body.js';
import type { HeldFamily } from '../../metrics/series-list.js';
import { suffixCollisions } from '../../metrics/suffix-collisions.js';
import type { HoldersView } from '../name-holders.js';
import type { OwnFamilies } from '../own-families.js';
import { SERIES_A_STEP, seriesKey, seriesProblem } from '../series/series-checks.js';

/** The families that a scrape shows of one name with inconsistent series. */
export interface ShownFamilies {
  readonly families: readonly MetricFamily[];
  /** The number of series that are left out. */
  readonly leftOut: number;
}

/** Everything that is shown besides one name. */
interface Beside {
  readonly own: OwnFamilies;
  /** The groups that have other names. */
  readonly holders: (name: string) => HoldersView | undefined;
}

/**
 * Chooses, in steps, what can be shown of a name beside everything else, and chooses the same at every scrape. The
 * service's own metrics come first; a histogram or summary comes before a family that collides with its suffixes; then
 * groups come in the order of their ids. The first type counts, and of two equal series the first.
 */
export function* shownFamilies(
  name: string,
  { inOrder }: HoldersView,
  { own, holders }: Beside,
): Generator<undefined, ShownFamilies> {
  const held = [...inOrder].map(({ family }) => family);
  const type = own.typeOf(name) ?? held[0]?.family.type ?? 'untyped';
  const total = held.reduce((sum, { seriesCount }) => sum + seriesCount, 0);
  const ownOrHeld = (other: string) =>
    [own.typeOf(other), ...(holders(other)?.types ?? [])].filter((known) => known !== undefined);
  // The family with the longer name is left out. The one with the shorter name is only left out for the service's own
  // metrics.
  const givesWay = suffixCollisions({ name, type }, ownOrHeld).some(
    ({ other }) => other.length < name.length || own.typeOf(other) !== undefined,
  );
  if (givesWay) return { families: [], leftOut: total };
  const seen = new Set<string>();
  const families: MetricFamily[] = [];
  let shown = 0;
  for (const { family } of held) {
    if (family.type !== type) continue;
    const consistent = yield* consistentSeries(family, seen);
    families.push(consistent);
    shown += countSeries(consistent.samples);
  }
  return { families, leftOut: total - shown };
}

/** Returns the series that are consistent in themselves and have not been seen before. */
function* consistentSeries(family: HeldFamily, seen: Set<string>): Generator<undefined, MetricFamily> {
  const samples: Sample[] = [];
  let count = 0;
  for (const sample of family.samples) {
    if (count++ % SERIES_A_STEP === 0) yield;
    const key = seriesKey(sample);
    if (seen.has(key) || seriesProblem(sample) !== undefined) continue;
    seen.add(key);
    samples.push(sample);
  }
  return { ...family, samples };
}

import type { MetricFamily, Sample } from '../../metrics/metric-family.js';

/** Series in some order. Those of a large family are packed, and become objects only while somebody reads them. */
export interface SeriesList extends Iterable<Sample> {
  readonly length: number;
  /** As that of arrays, for positions that are not negative. */
  readonly slice: (from: number, to: number) => readonly Sample[];
}

/** A family as it is held in memory. Every `MetricFamily` is one. */
export interface HeldFamily extends Omit<MetricFamily, 'samples'> {
  readonly samples: SeriesList;
}

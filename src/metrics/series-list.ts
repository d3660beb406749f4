import type { MetricFamily, Sample } from './metric-family.js';

/** Series that are read one after the other. Those of a set become objects only while somebody reads them. */
export interface SeriesStream extends Iterable<Sample> {
  readonly length: number;
}

/** A family as it is written. Every `MetricFamily` and every `HeldFamily` is one. */
export interface StreamedFamily extends Omit<MetricFamily, 'samples'> {
  readonly samples: SeriesStream;
}

/** Series in some order. Those of a large family are packed, and become objects only while somebody reads them. */
export interface SeriesList extends SeriesStream {
  /** Works as `slice` of arrays, for positions that are not negative. */
  readonly slice: (from: number, to: number) => readonly Sample[];
}

/** A family as it is held in memory. Every `MetricFamily` is one. */
export interface HeldFamily extends Omit<MetricFamily, 'samples'> {
  readonly samples: SeriesList;
}

/**
 * The number of series of a sample as Prometheus counts them: a histogram has one for each bucket, one for its sum and
 * one for its count.
 */
export function seriesOf(sample: Sample): number {
  switch (sample.kind) {
    case 'value':
      return 1;
    case 'summary':
      return sample.quantiles.length + 2;
    case 'histogram': {
      const native = sample.native;
      return sample.buckets.length + 2 + (native?.positive.counts.length ?? 0) + (native?.negative.counts.length ?? 0);
    }
  }
}

import type { ParseLimits } from '../metrics/parse-limits.js';

/** The limits for pushes. Series are counted as Prometheus counts them: a histogram has one for each bucket. */
export interface PushLimits {
  readonly seriesPerPush: number;
  /** The number of series in all groups, including their push times. */
  readonly seriesInAll: number;
  /** The memory that all groups may take, in bytes as stored-family.ts estimates them. */
  readonly bytesInAll: number;
}

/** The two push times of a group. */
export const SERIES_OF_A_GROUP = 2;

/** The limits without flags. */
export interface DefaultLimits extends PushLimits {
  /** The largest body in bytes, before and after decompression. */
  readonly bodyBytes: number;
}

/** The largest default limits, however large the heap is. */
const LARGEST = { bodyBytes: 32 * 1024 * 1024, seriesPerPush: 250_000, seriesInAll: 2_000_000 };

/**
 * With this much heap the largest limits apply. A smaller heap gets a proportional part, so that pushes up to the
 * limits do not fill it.
 */
const AMPLE_HEAP_BYTES = 2 * 1024 * 1024 * 1024;

/** The part of the heap that groups may take. The rest is for running pushes and scrapes. */
const STORED_SHARE = 0.6;

/** Returns the limits for a heap that may grow to `heapBytes` (`heap_size_limit` of V8's statistics). */
export function defaultLimits(heapBytes: number): DefaultLimits {
  const share = Math.min(1, heapBytes / AMPLE_HEAP_BYTES);
  return {
    bodyBytes: Math.floor(LARGEST.bodyBytes * share),
    seriesPerPush: Math.floor(LARGEST.seriesPerPush * share),
    seriesInAll: Math.floor(LARGEST.seriesInAll * share),
    bytesInAll: Math.floor(heapBytes * STORED_SHARE),
  };
}

/** Names are keys of maps, which V8 makes slow beyond 16,383 characters; nobody has such names. */
const NAME_LENGTH = 4096;
/** Prometheus' own default limits are a tenth of this, and nobody can read such a series. */
const LABELS_PER_SERIES = 1000;
/** The number of labels that are allowed for each allowed series, counted over all series. */
const LABELS_FOR_A_SERIES = 10;
/** The number of allowed series for each allowed name. */
const SERIES_FOR_A_NAME = 10;
/** The least number of names, even if fewer series are allowed. */
const LEAST_NAMES = 1000;

/**
 * Returns what a body may hold while it is read. Everything that takes memory is counted, with limits that follow from
 * the number of series.
 */
export function parseLimits(seriesPerPush: number): ParseLimits {
  return {
    series: seriesPerPush,
    families: Math.max(LEAST_NAMES, Math.ceil(seriesPerPush / SERIES_FOR_A_NAME)),
    nameLength: NAME_LENGTH,
    labelsPerSeries: LABELS_PER_SERIES,
    labels: Math.max(LABELS_PER_SERIES, seriesPerPush * LABELS_FOR_A_SERIES),
    seriesLimitName: '--push.max-series',
  };
}

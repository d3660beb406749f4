import type { ParseLimits } from '../metrics/parse-limits.js';

/** How much may be pushed; counted in series as Prometheus sees them, so a histogram counts once a bucket. */
export interface PushLimits {
  readonly seriesPerPush: number;
  /** In all groups together, their push times included. */
  readonly seriesInAll: number;
  /** What all groups together may take of the heap, by the estimate of stored-family.ts. */
  readonly bytesInAll: number;
}

/** The push times of a group. */
export const SERIES_OF_A_GROUP = 2;

/** What is allowed where nobody says otherwise. */
export interface DefaultLimits extends PushLimits {
  /** The largest body, also unpacked. */
  readonly bodyBytes: number;
}

/** The most that is allowed by default, however large the heap is. */
const LARGEST = { bodyBytes: 32 * 1024 * 1024, seriesPerPush: 250_000, seriesInAll: 2_000_000 };

/** A heap from which on the largest limits hold. Smaller ones get a part of them in proportion, so that pushes up to the limits do not fill them. */
const AMPLE_HEAP_BYTES = 2 * 1024 * 1024 * 1024;

/** What groups may take of the heap; the rest is for pushes and scrapes under way. */
const STORED_SHARE = 0.6;

/** The limits for a heap that V8 lets grow to so many bytes (`heap_size_limit` of its statistics). */
export function defaultLimits(heapBytes: number): DefaultLimits {
  const share = Math.min(1, heapBytes / AMPLE_HEAP_BYTES);
  return {
    bodyBytes: Math.floor(LARGEST.bodyBytes * share),
    seriesPerPush: Math.floor(LARGEST.seriesPerPush * share),
    seriesInAll: Math.floor(LARGEST.seriesInAll * share),
    bytesInAll: Math.floor(heapBytes * STORED_SHARE),
  };
}

/** Prometheus' own limits are a tenth of it; nobody can read such a series. */
const LABELS_PER_SERIES = 1000;
/** Labels of all series together, for each series that may come. */
const LABELS_FOR_A_SERIES = 10;
/** Series that may come for each name that may come. */
const SERIES_FOR_A_NAME = 10;
/** However few series may come. */
const LEAST_NAMES = 1000;

/** What a body may hold while it is read: everything that memory is taken for is counted, and bounded by the number of series. */
export function parseLimits(seriesPerPush: number): ParseLimits {
  return {
    series: seriesPerPush,
    families: Math.max(LEAST_NAMES, Math.ceil(seriesPerPush / SERIES_FOR_A_NAME)),
    labelsPerSeries: LABELS_PER_SERIES,
    labels: Math.max(LABELS_PER_SERIES, seriesPerPush * LABELS_FOR_A_SERIES),
    seriesLimitName: '--push.max-series',
  };
}

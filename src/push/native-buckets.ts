import type { NativeBuckets, NativeHistogram } from '../metrics/metric-family.js';
import { nativeBound } from '../metrics/native/native-bounds.js';

/** A populated bucket of a native histogram, with its bounds. */
export interface NativeBucket {
  readonly lower: number;
  readonly upper: number;
  readonly isLowerIncluded: boolean;
  readonly isUpperIncluded: boolean;
  readonly count: number;
}

/**
 * Returns the populated buckets from the lowest to the highest, with the bucket around zero in between (Prometheus,
 * model/histogram).
 */
export function nativeBuckets({
  schema,
  zeroThreshold,
  zeroCount,
  negative,
  positive,
}: NativeHistogram): readonly NativeBucket[] {
  const buckets: NativeBucket[] = [];
  for (const { index, count } of populated(negative).reverse()) {
    const bounds = { lower: -nativeBound(index, schema), upper: -nativeBound(index - 1, schema) };
    buckets.push({ ...bounds, isLowerIncluded: true, isUpperIncluded: false, count });
  }
  if (zeroCount !== 0) {
    const bounds = { lower: -zeroThreshold, upper: zeroThreshold };
    buckets.push({ ...bounds, isLowerIncluded: true, isUpperIncluded: true, count: zeroCount });
  }
  for (const { index, count } of populated(positive)) {
    const bounds = { lower: nativeBound(index - 1, schema), upper: nativeBound(index, schema) };
    buckets.push({ ...bounds, isLowerIncluded: false, isUpperIncluded: true, count });
  }
  return buckets;
}

function populated({ spans, counts }: NativeBuckets): { readonly index: number; readonly count: number }[] {
  const buckets: { index: number; count: number }[] = [];
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    // A span may claim more buckets than there are counts.
    for (const end = Math.min(at + length, counts.length); at < end; at++) {
      const count = counts[at] ?? 0;
      if (count !== 0) buckets.push({ index, count });
      index += 1;
    }
  }
  return buckets;
}

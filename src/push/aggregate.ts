import type {
  Bucket,
  HistogramSample,
  Label,
  NativeBuckets,
  NativeHistogram,
  Sample,
} from '../metrics/metric-family.js';
import type { HeldFamily } from '../metrics/series-list.js';
import { PushRefusal } from './push-refusal.js';
import { SERIES_A_STEP, seriesKey } from './series/series-checks.js';
import { citeSeries } from './series-text.js';

/** How pushed series are combined with the group's series of the same labels. */
export const AGGREGATION_MODES = ['sum', 'max', 'last'] as const;
/** One of the aggregation modes. */
export type AggregationMode = (typeof AGGREGATION_MODES)[number];

/**
 * Returns, in steps, the family that a group has after a push is combined with what the group had. A series that only
 * one of them has stays as it is. `sum` adds counters, untyped values, histograms and summaries; of gauges the pushed
 * value counts, because sums of timestamps or sizes mean nothing. `max` takes the larger of two values. `last` takes
 * the pushed series. Throws PushRefusal if two series cannot be combined.
 */
export function* aggregateFamilies(
  held: HeldFamily | undefined,
  pushed: HeldFamily,
  mode: AggregationMode,
): Generator<undefined, HeldFamily> {
  if (held === undefined) return pushed;
  if (held.type !== pushed.type) {
    const problem = `cannot aggregate ${pushed.name}: it is a ${pushed.type} now and was a ${held.type} before`;
    throw new PushRefusal('invalid', problem);
  }
  const byKey = new Map<string, Sample>();
  let count = 0;
  for (const sample of held.samples) {
    if (count++ % SERIES_A_STEP === 0) yield;
    byKey.set(seriesKey(sample), sample);
  }
  const seen = new Set<string>();
  const repeated: Sample[] = [];
  for (const sample of pushed.samples) {
    if (count++ % SERIES_A_STEP === 0) yield;
    const key = seriesKey(sample);
    if (seen.has(key)) repeated.push(sample);
    seen.add(key);
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? sample : combineSamples(before, sample, { family: pushed, mode }));
  }
  // Duplicate series of the push are left for the checks to report.
  return { ...pushed, samples: [...byKey.values(), ...repeated] };
}

interface Combination {
  readonly family: HeldFamily;
  readonly mode: AggregationMode;
}

function combineSamples(before: Sample, pushed: Sample, combination: Combination): Sample {
  if (combination.mode === 'last') return pushed;
  if (before.kind === 'value' && pushed.kind === 'value') {
    return { ...pushed, value: combineValues(before.value, pushed.value, combination) };
  }
  if (combination.mode === 'max') throw refusal(pushed, combination, 'has no maximum: it is no single value');
  if (before.kind === 'histogram' && pushed.kind === 'histogram') return addHistograms(before, pushed, combination);
  if (before.kind === 'summary' && pushed.kind === 'summary') {
    // Quantiles cannot be added, and those of the last push would look like those of all pushes.
    return { ...pushed, quantiles: [], sum: before.sum + pushed.sum, count: before.count + pushed.count };
  }
  throw refusal(pushed, combination, 'is of another kind than before');
}

function combineValues(before: number, pushed: number, { family, mode }: Combination): number {
  if (mode === 'max') return before > pushed ? before : pushed;
  return family.type === 'gauge' ? pushed : before + pushed;
}

function addHistograms(
  before: HistogramSample,
  pushed: HistogramSample & { readonly labels: readonly Label[] },
  combination: Combination,
): Sample {
  const native = addNative(before.native, pushed.native);
  if (!sameBounds(before.buckets, pushed.buckets) || native === 'different') {
    throw refusal(pushed, combination, 'has other buckets than before');
  }
  const buckets = pushed.buckets.map((bucket, index) => ({
    ...bucket,
    cumulativeCount: bucket.cumulativeCount + (before.buckets[index]?.cumulativeCount ?? 0),
  }));
  const sums = { sum: before.sum + pushed.sum, count: before.count + pushed.count };
  return { ...pushed, buckets, ...sums, ...(native && { native }), ...(before.floatCounts && { floatCounts: true }) };
}

function sameBounds(a: readonly Bucket[], b: readonly Bucket[]): boolean {
  return a.length === b.length && a.every(({ upperBound }, index) => upperBound === b[index]?.upperBound);
}

function addNative(
  a: NativeHistogram | undefined,
  b: NativeHistogram | undefined,
): NativeHistogram | 'different' | undefined {
  if (a === undefined && b === undefined) return undefined;
  if (a?.schema !== b?.schema || a?.zeroThreshold !== b?.zeroThreshold || a === undefined || b === undefined) {
    return 'different';
  }
  return {
    ...b,
    zeroCount: a.zeroCount + b.zeroCount,
    negative: addBuckets(a.negative, b.negative),
    positive: addBuckets(a.positive, b.positive),
  };
}

function addBuckets(a: NativeBuckets, b: NativeBuckets): NativeBuckets {
  const counts = new Map<number, number>();
  for (const buckets of [a, b]) {
    for (const [bucket, count] of numbered(buckets)) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  const inOrder = [...counts].sort(([x], [y]) => x - y);
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const [bucket] of inOrder) {
    const last = spans.at(-1);
    if (last !== undefined && bucket === next) last.length += 1;
    else spans.push({ offset: bucket - next, length: 1 });
    next = bucket + 1;
  }
  return { spans, counts: inOrder.map(([, count]) => count) };
}

/** Returns the counts of the buckets with the bucket numbers. */
function numbered({ spans, counts }: NativeBuckets): readonly (readonly [bucket: number, count: number])[] {
  const result: (readonly [number, number])[] = [];
  let bucket = 0;
  for (const { offset, length } of spans) {
    bucket += offset;
    // Spans may have any length, but there are no more buckets than counts.
    const end = Math.min(result.length + length, counts.length);
    while (result.length < end) result.push([bucket++, counts[result.length] ?? 0]);
  }
  return result;
}

function refusal(sample: Sample, { family, mode }: Combination, problem: string): PushRefusal {
  const { name, type } = family;
  return new PushRefusal('invalid', `cannot aggregate (${mode}): ${citeSeries(name, type, sample)} ${problem}`);
}

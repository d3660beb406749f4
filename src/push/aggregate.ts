import type {
  Bucket,
  HistogramSample,
  Label,
  MetricFamily,
  NativeBuckets,
  NativeHistogram,
  Sample,
} from '../metrics/metric-family.js';
import { PushRefusal } from './push-request.js';
import { seriesKey } from './series-checks.js';
import { citeSeries } from './series-text.js';

/** How the series of a push are put together with those of the same labels that the group has. */
export const AGGREGATION_MODES = ['sum', 'max', 'last'] as const;
export type AggregationMode = (typeof AGGREGATION_MODES)[number];

/**
 * The family that a group has after a push is put together with what it had: series that only one of them has stay as they are.
 *
 * `sum` adds counters, untyped values, histograms and summaries; of gauges the pushed one counts, since sums of timestamps or sizes mean nothing.
 * `max` keeps the larger of two values. `last` keeps the pushed series. Throws PushRefusal where two series cannot be put together.
 */
export function aggregateFamilies(
  held: MetricFamily | undefined,
  pushed: MetricFamily,
  mode: AggregationMode,
): MetricFamily {
  if (held === undefined) return pushed;
  if (held.type !== pushed.type) {
    const problem = `cannot aggregate ${pushed.name}: it is a ${pushed.type} now and was a ${held.type} before`;
    throw new PushRefusal('invalid', problem);
  }
  const byKey = new Map(held.samples.map((sample) => [seriesKey(sample), sample]));
  const seen = new Set<string>();
  const repeated: Sample[] = [];
  for (const sample of pushed.samples) {
    const key = seriesKey(sample);
    if (seen.has(key)) repeated.push(sample);
    seen.add(key);
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? sample : putTogether(before, sample, { family: pushed, mode }));
  }
  // A series that the push has twice is for the checks to find.
  return { ...pushed, samples: [...byKey.values(), ...repeated] };
}

interface Circumstances {
  readonly family: MetricFamily;
  readonly mode: AggregationMode;
}

function putTogether(before: Sample, pushed: Sample, circumstances: Circumstances): Sample {
  if (circumstances.mode === 'last') return pushed;
  if (before.kind === 'value' && pushed.kind === 'value') {
    return { ...pushed, value: combineValues(before.value, pushed.value, circumstances) };
  }
  if (circumstances.mode === 'max') throw refusal(pushed, circumstances, 'has no maximum: it is no single value');
  if (before.kind === 'histogram' && pushed.kind === 'histogram') return addHistograms(before, pushed, circumstances);
  if (before.kind === 'summary' && pushed.kind === 'summary') {
    // Quantiles cannot be added; those of the last push would pass for those of all.
    return { ...pushed, quantiles: [], sum: before.sum + pushed.sum, count: before.count + pushed.count };
  }
  throw refusal(pushed, circumstances, 'is of another kind than before');
}

function combineValues(before: number, pushed: number, { family, mode }: Circumstances): number {
  if (mode === 'max') return before > pushed ? before : pushed;
  return family.type === 'gauge' ? pushed : before + pushed;
}

function addHistograms(
  before: HistogramSample,
  pushed: HistogramSample & { readonly labels: readonly Label[] },
  circumstances: Circumstances,
): Sample {
  const native = addNative(before.native, pushed.native);
  if (!sameBounds(before.buckets, pushed.buckets) || native === 'different') {
    throw refusal(pushed, circumstances, 'has other buckets than before');
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

/** The buckets with their numbers. */
function numbered({ spans, counts }: NativeBuckets): readonly (readonly [bucket: number, count: number])[] {
  const result: (readonly [number, number])[] = [];
  let bucket = 0;
  for (const { offset, length } of spans) {
    bucket += offset;
    // Spans may claim any length; there are no more buckets than counts.
    const end = Math.min(result.length + length, counts.length);
    while (result.length < end) result.push([bucket++, counts[result.length] ?? 0]);
  }
  return result;
}

function refusal(sample: Sample, { family, mode }: Circumstances, problem: string): PushRefusal {
  const { name, type } = family;
  return new PushRefusal('invalid', `cannot aggregate (${mode}): ${citeSeries(name, type, sample)} ${problem}`);
}

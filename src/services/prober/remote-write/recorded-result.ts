import type { Label, NativeHistogram, Sample } from '../../../metrics/metric-family.js';
import type { RemoteSample } from '../../../metrics/protobuf/remote-sample.js';
import type { BucketForm } from '../schedule/duration-counts.js';
import type { PackedMetrics } from '../schedule/packed-metrics.js';
import { RESULT_FAMILIES } from '../schedule/result-families.js';
import type { ScheduledTarget } from '../schedule/scheduled-target.js';
import { withLabels } from '../schedule/series-labels.js';

/** A series of a result: its name, its own labels as name and value in turns, and what it had. */
interface RecordedSeries {
  readonly n: string;
  readonly l?: readonly string[];
  /** A number; numbers that JSON does not have, and `stale`, are texts. */
  readonly v?: number | string;
  readonly h?: { readonly count: number; readonly sum: number; readonly native: NativeHistogram };
}

/** The result of one probe as it waits on disk. It depends on no version of a protocol. */
export interface RecordedResult {
  /** Tells targets apart: a request has at most one result of each. */
  readonly key: string;
  readonly ms: number;
  /** The labels of the target, as name and value in turns. */
  readonly labels: readonly string[];
  readonly series: readonly RecordedSeries[];
}

/** How a result is recorded. */
export interface RecordForm {
  /** When the probe began, in milliseconds since the Unix epoch. */
  readonly ms: number;
  /** The buckets that are recorded, for histograms that have them. */
  readonly form: BucketForm;
}

/**
 * Returns the result of a target's probe, with a stale marker for each series that the probe before had and this one
 * lacks.
 */
export function recordOf(
  target: ScheduledTarget,
  before: PackedMetrics | undefined,
  { ms, form }: RecordForm,
): RecordedResult {
  const { results, plan } = target;
  const series = [...seriesOf(target, form)];
  const { last } = results;
  if (before !== undefined && last !== undefined && !last.hasSeriesOf(before))
    series.push(...vanished(before, last, form));
  return { key: plan.key, ms, labels: flat(plan.labels), series };
}

/** Stale markers for all series of a target; undefined if it has none. */
export function endOf(target: ScheduledTarget, { ms, form }: RecordForm): RecordedResult | undefined {
  const { plan } = target;
  const series = [...seriesOf(target, form)].map(staleOf);
  return series.length === 0 ? undefined : { key: plan.key, ms, labels: flat(plan.labels), series };
}

function staleOf({ n, l }: RecordedSeries): RecordedSeries {
  return { n, ...(l && { l }), v: 'stale' };
}

/**
 * The samples of a record. `extra` labels go to the series that have none of that name. Labels without a value are left
 * out: no version of the protocol allows them, and a series means the same without.
 */
export function samplesOf({ ms, labels, series }: RecordedResult, extra: readonly Label[]): readonly RemoteSample[] {
  const ofTarget = pairs(labels);
  return series.map(({ n, l = [], v, h }) => {
    const own = pairs(l).filter(({ value }) => value !== '');
    const all = withLabels(withLabels(ofTarget, own), [{ name: '__name__', value: n }]);
    return { labels: withExtra(all, extra), timestampMs: ms, value: h ?? (v === 'stale' ? v : Number(v)) };
  });
}

function withExtra(labels: readonly Label[], extra: readonly Label[]): readonly Label[] {
  if (extra.length === 0) return labels;
  const names = new Set(labels.map(({ name }) => name));
  const free = extra.filter(({ name }) => !names.has(name));
  return withLabels(labels, free);
}

function* seriesOf({ results }: ScheduledTarget, form: BucketForm): Generator<RecordedSeries> {
  const { last } = results;
  if (last === undefined) return;
  for (const { head, samples } of RESULT_FAMILIES) {
    for (const sample of samples(results, [], form)) yield* recorded(head.name, sample, form);
  }
  yield* lastSeries(last, form);
}

function* lastSeries(last: PackedMetrics, form: BucketForm): Generator<RecordedSeries> {
  const { metrics, labelValues, values, added } = last;
  for (const [index, { name, labelNames }] of metrics.entries()) {
    const l = labelNames.flatMap((label, at) => [label, labelValues[index]?.[at] ?? '']);
    yield { n: name, ...(l.length > 0 && { l }), v: jsonNumber(values[index] ?? NaN) };
  }
  for (const family of added) for (const sample of family.samples) yield* recorded(family.name, sample, form);
}

/** A histogram that has no buckets of the wanted form is sent with those that it has. */
function* recorded(name: string, sample: Sample, form: BucketForm): Generator<RecordedSeries> {
  const own = flat(sample.labels);
  const l = own.length > 0 ? { l: own } : {};
  if (sample.kind === 'value') {
    yield { n: name, ...l, v: jsonNumber(sample.value) };
    return;
  }
  const hasBuckets = sample.kind === 'summary' || sample.buckets.length > 0;
  const native = sample.kind === 'histogram' && (form !== 'classic' || !hasBuckets) ? sample.native : undefined;
  if (native !== undefined) yield { n: name, ...l, h: { count: sample.count, sum: sample.sum, native } };
  if (native === undefined || (form === 'both' && hasBuckets)) yield* classic(name, sample, own);
}

function* classic(
  name: string,
  sample: Exclude<Sample, { readonly kind: 'value' }>,
  own: readonly string[],
): Generator<RecordedSeries> {
  const l = own.length > 0 ? { l: own } : {};
  yield { n: `${name}_sum`, ...l, v: jsonNumber(sample.sum) };
  yield { n: `${name}_count`, ...l, v: sample.count };
  if (sample.kind === 'histogram') {
    for (const { upperBound, cumulativeCount } of sample.buckets)
      yield { n: `${name}_bucket`, l: [...own, 'le', boundText(upperBound)], v: cumulativeCount };
  } else {
    for (const { quantile, value } of sample.quantiles)
      yield { n: name, l: [...own, 'quantile', String(quantile)], v: jsonNumber(value) };
  }
}

function* vanished(before: PackedMetrics, last: PackedMetrics, form: BucketForm): Generator<RecordedSeries> {
  const still = new Set<string>();
  for (const series of lastSeries(last, form)) still.add(keyOf(series));
  for (const series of lastSeries(before, form)) if (!still.has(keyOf(series))) yield staleOf(series);
}

function keyOf({ n, l = [] }: RecordedSeries): string {
  return JSON.stringify([n, l]);
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function boundText(bound: number): string {
  return bound === Infinity ? '+Inf' : String(bound);
}

function flat(labels: readonly Label[]): readonly string[] {
  return labels.flatMap(({ name, value }) => [name, value]);
}

function pairs(flatLabels: readonly string[]): readonly Label[] {
  return flatLabels.flatMap((name, at) => (at % 2 === 0 ? [{ name, value: flatLabels[at + 1] ?? '' }] : []));
}

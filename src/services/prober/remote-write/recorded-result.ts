import type { Label, MetricFamily, NativeHistogram, Sample } from '../../../metrics/metric-family.js';
import type { RemoteSample } from '../../../metrics/protobuf/remote-sample.js';
import { mapKey } from '../../../values/codec/map-key.js';
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

/**
 * The result of one probe, or a part of it, as it waits on disk. It depends on no version of a protocol.
 */
export interface RecordedResult {
  /** Tells targets apart: a request has results of one time of each. */
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

/** A result as records, and pauses. */
export type RecordSteps = Generator<RecordedResult | undefined, void>;

/** The most series of one record, and about the most characters of their labels: each is written and read in one go. */
const MOST_SERIES = 1000;
const MOST_CHARACTERS = 64 * 1024;
/** Series that are gone through before others may have their turn. */
const SERIES_A_STEP = 128;

/**
 * Returns the result of a target's probe as it is now, in records of one time, with a stale marker for each series that
 * the probe before had and this one lacks. `onMetric` gets what the series are of.
 */
export function recordsOf(
  target: ScheduledTarget,
  before: PackedMetrics | undefined,
  { ms, form, onMetric }: RecordForm & { readonly onMetric?: OnMetric },
): RecordSteps {
  const { last } = target.results;
  if (last === undefined) return inRecords(target, ms, []);
  const isChanged = before !== undefined && !last.hasSeriesOf(before);
  return inRecords(target, ms, [
    ownSeries(target, form),
    lastSeries(last, form, onMetric),
    ...(isChanged ? [vanished(before, last, form)] : []),
  ]);
}

/** Stale markers for all series of a target as it is now; nothing if it has none. */
export function endOf(target: ScheduledTarget, { ms, form }: RecordForm): RecordSteps {
  const { last } = target.results;
  if (last === undefined) return inRecords(target, ms, []);
  return inRecords(target, ms, [ownSeries(target, form).map(staleOf), staleSeries(last, form)]);
}

function* staleSeries(last: PackedMetrics, form: BucketForm): Generator<RecordedSeries> {
  for (const series of lastSeries(last, form)) yield staleOf(series);
}

/** What is there of the target's plan is taken now, the series when there is a turn. */
function inRecords(
  { plan }: ScheduledTarget,
  ms: number,
  parts: readonly Iterable<RecordedSeries | undefined>[],
): RecordSteps {
  const record = { key: plan.key, ms, labels: flat(plan.labels) };
  return (function* steps(): RecordSteps {
    let series: RecordedSeries[] = [];
    let characters = 0;
    let untilPause = SERIES_A_STEP;
    for (const part of parts) {
      for (const each of part) {
        if (--untilPause === 0 || each === undefined) {
          untilPause = SERIES_A_STEP;
          yield undefined;
        }
        if (each === undefined) continue;
        series.push(each);
        for (const text of each.l ?? NO_TEXTS) characters += text.length;
        if (series.length < MOST_SERIES && characters < MOST_CHARACTERS) continue;
        yield { ...record, series };
        [series, characters] = [[], 0];
      }
    }
    if (series.length > 0) yield { ...record, series };
  })();
}

const NO_TEXTS: readonly string[] = [];

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

/** The series that the schedule adds. */
function ownSeries({ results }: ScheduledTarget, form: BucketForm): readonly RecordedSeries[] {
  return RESULT_FAMILIES.flatMap(({ head, samples }) =>
    samples(results, [], form).flatMap((sample) => [...recorded(head.name, sample, form)]),
  );
}

type OnMetric = (head: Omit<MetricFamily, 'samples'>) => void;

function* lastSeries(last: PackedMetrics, form: BucketForm, onMetric?: OnMetric): Generator<RecordedSeries> {
  const { metrics, labelValues, values, added } = last;
  for (const [index, metric] of metrics.entries()) {
    const { name, labelNames } = metric;
    onMetric?.(metric);
    const l = labelNames.flatMap((label, at) => [label, labelValues[index]?.[at] ?? '']);
    yield { n: name, ...(l.length > 0 && { l }), v: jsonNumber(values[index] ?? NaN) };
  }
  for (const family of added) {
    onMetric?.(family);
    for (const sample of family.samples) yield* recorded(family.name, sample, form);
  }
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

/** Undefined is a pause. */
function* vanished(
  before: PackedMetrics,
  last: PackedMetrics,
  form: BucketForm,
): Generator<RecordedSeries | undefined> {
  const still = new Set<string>();
  for (const series of lastSeries(last, form)) {
    still.add(keyOf(series));
    if (still.size % SERIES_A_STEP === 0) yield undefined;
  }
  let untilPause = SERIES_A_STEP;
  for (const series of lastSeries(before, form)) {
    if (!still.has(keyOf(series))) yield staleOf(series);
    if (--untilPause > 0) continue;
    untilPause = SERIES_A_STEP;
    yield undefined;
  }
}

function keyOf({ n, l = [] }: RecordedSeries): string {
  return mapKey(JSON.stringify([n, l]));
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

import { formatNumber } from '../metrics/format-number.js';
import type { HistogramSample, Label, MetricFamily, Sample, SummarySample } from '../metrics/metric-family.js';
import { trimEndOf } from '../values/trim-character.js';
import { type NativeBucket, nativeBuckets } from './native-buckets.js';
import { pushTimes } from './push-times.js';
import { lastPushSucceeded, type PushedGroup } from './pushed-group.js';

/** The approximate size of one piece, in characters. */
const PIECE_LENGTH = 64 * 1024;

/**
 * Writes the answer of `/api/v1/metrics` as upstream's 1.11 does, byte for byte except for the order of groups, which
 * is random there: keys are sorted, and numbers are strings in Go's form. The answer comes in pieces, so that the
 * sender can let other work run in between.
 */
export function* writeGroupsJson(groups: readonly PushedGroup[]): Generator<string, void> {
  let piece = '{"status":"success","data":[';
  let separator = '';
  for (const group of groups) {
    piece += separator;
    separator = ',';
    for (const text of groupTexts(group)) {
      piece += text;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]}`;
}

function* groupTexts(group: PushedGroup): Generator<string, void> {
  // A family may have the name of another key of the object, and then replaces it.
  const members = new Map<string, () => Iterable<string>>([
    ['labels', () => [labelsText(group.key.labels)]],
    ['last_push_successful', () => [String(lastPushSucceeded(group))]],
  ]);
  for (const { family, changedAtSeconds } of pushTimes(group.key, group)) {
    members.set(family.name, () => familyTexts(family, changedAtSeconds));
  }
  for (const { family, pushedAtSeconds } of group.families.values()) {
    members.set(family.name, () => familyTexts(family, pushedAtSeconds));
  }
  let separator = '{';
  for (const [name, texts] of [...members].sort(([a], [b]) => compareText(a, b))) {
    yield `${separator}${jsonText(name)}:`;
    yield* texts();
    separator = ',';
  }
  yield '}';
}

function* familyTexts({ help = '', type, samples }: MetricFamily, atSeconds: number): Generator<string, void> {
  const helpMember = help === '' ? '' : `"help":${jsonText(help)},`;
  yield `{"time_stamp":"${rfc3339(atSeconds)}","type":"${type.toUpperCase()}",${helpMember}"metrics":[`;
  let separator = '';
  for (const sample of samples) {
    yield separator + sampleText(sample);
    separator = ',';
  }
  yield ']}';
}

function sampleText(sample: Sample): string {
  const labels = labelsText(sample.labels);
  switch (sample.kind) {
    case 'value':
      return `{"labels":${labels},"value":"${formatNumber(sample.value)}"}`;
    case 'summary':
      return `{"count":"${countText(sample)}","labels":${labels},"quantiles":${quantilesText(sample)},"sum":"${formatNumber(sample.sum)}"}`;
    case 'histogram':
      return `{"buckets":${bucketsText(sample)},"count":"${countText(sample)}","labels":${labels},"sum":"${formatNumber(sample.sum)}"}`;
  }
}

/** A whole count is written as an integer, a float count as a float. */
function countText({ count, floatCounts }: { readonly count: number; readonly floatCounts?: true }): string {
  return floatCounts ? formatNumber(count) : integerText(count);
}

/** Go prints all digits of a uint64, but gives a large float an exponent. */
function integerText(count: number): string {
  return count < Number.MAX_SAFE_INTEGER ? String(count) : BigInt(count).toString();
}

function quantilesText({ quantiles }: SummarySample): string {
  return objectText(quantiles.map(({ quantile, value }) => [formatNumber(quantile), formatNumber(value)]));
}

function bucketsText({ buckets, native, floatCounts }: HistogramSample): string {
  const write = floatCounts ? formatNumber : integerText;
  // Upstream takes a histogram with spans for a native one.
  if (native !== undefined && native.negative.spans.length + native.positive.spans.length > 0) {
    const found = nativeBuckets(native);
    return `[${found.map((bucket) => nativeBucketText(bucket, write)).join(',')}]`;
  }
  return objectText(
    buckets.map(({ upperBound, cumulativeCount }) => [formatNumber(upperBound), write(cumulativeCount)]),
  );
}

/**
 * Writes a bucket as Prometheus' query API does. The first number says which bounds belong to the bucket: 0 the upper,
 * 1 the lower, 2 none, 3 both.
 */
function nativeBucketText(bucket: NativeBucket, write: (count: number) => string): string {
  const { lower, upper, isLowerIncluded, isUpperIncluded, count } = bucket;
  const rule = isLowerIncluded ? (isUpperIncluded ? 3 : 1) : isUpperIncluded ? 0 : 2;
  return `[${rule},"${formatNumber(lower)}","${formatNumber(upper)}","${write(count)}"]`;
}

function labelsText(labels: readonly Label[]): string {
  return objectText(labels.map(({ name, value }) => [name, value]));
}

/** Writes a JSON object of texts, sorted by key. If a key occurs twice, the last one counts. */
function objectText(members: readonly (readonly [key: string, value: string])[]): string {
  const sorted = [...new Map(members)].sort(([a], [b]) => compareText(a, b));
  return `{${sorted.map(([key, value]) => `${jsonText(key)}:${jsonText(value)}`).join(',')}}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NEEDS_CARE = /[^\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7e]/;

/**
 * Writes a text in JSON as Go's encoder does: characters that could end a script element are escaped, and bytes that
 * are not UTF-8 become U+FFFD.
 */
export function jsonText(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  return JSON.stringify(Buffer.from(text).toString()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Writes a time as Go's RFC3339Nano does, without trailing zeros. It is precise to the microsecond, as a float of
 * seconds is.
 */
export function rfc3339(seconds: number): string {
  const microseconds = Math.round(seconds * 1e6);
  const whole = Math.floor(microseconds / 1e6);
  const fraction = trimEndOf(String(microseconds - whole * 1e6).padStart(6, '0'), '0');
  const text = new Date(whole * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return `${text}${fraction === '' ? '' : `.${fraction}`}Z`;
}

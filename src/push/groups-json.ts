import type { HistogramSample, Label, Sample } from '../metrics/metric-family.js';
import type { HeldFamily } from '../metrics/series-list.js';
import { formatNumber } from '../values/go/format-number.js';
import { sortedInSteps } from '../values/lists/sorted-in-steps.js';
import { trimEndOf } from '../values/trim-character.js';
import { type NativeBucket, nativeBuckets } from './native-buckets.js';
import { pushTimes } from './push-times.js';
import { lastPushSucceeded, type PushedGroup } from './pushed-group.js';

/** The approximate size of one piece, in characters. */
const PIECE_LENGTH = 64 * 1024;

/** Buckets that are written between two moments at which other work may run. */
const BUCKETS_A_STEP = 256;

/**
 * Writes the answer of `/api/v1/metrics` as upstream's 1.11 does, byte for byte except for the order of groups, which
 * is random there: keys are sorted, and numbers are strings in Go's form. The answer comes in pieces, so that the
 * sender can let other work run in between; empty ones are further moments for that.
 */
export function* writeGroupsJson(groups: Iterable<PushedGroup>): Generator<string, void> {
  let piece = '{"status":"success","data":[';
  let separator = '';
  for (const group of groups) {
    piece += separator;
    separator = ',';
    for (const text of groupTexts(group)) {
      piece += text;
      if (text === '') yield '';
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]}`;
}

/** A member of the object that shows a group. */
type Member = readonly [name: string, texts: () => Iterable<string>];

function* groupTexts(group: PushedGroup): Generator<string, void> {
  let separator = '{';
  for (const [name, texts] of yield* membersOf(group)) {
    yield `${separator}${jsonText(name)}:`;
    yield* texts();
    separator = ',';
  }
  yield '}';
}

function* membersOf(group: PushedGroup): Generator<string, readonly Member[]> {
  // A family may have the name of another key of the object, and then replaces it.
  const members = new Map<string, Member[1]>([
    ['labels', () => [labelsText(group.key.labels)]],
    ['last_push_successful', () => [String(lastPushSucceeded(group))]],
  ]);
  for (const { family, changedAtSeconds } of pushTimes(group.key, group)) {
    members.set(family.name, () => familyTexts(family, changedAtSeconds));
  }
  for (const { family, pushedAtSeconds } of group.families.values()) {
    members.set(family.name, () => familyTexts(family, pushedAtSeconds));
  }
  return yield* paused(sortedInSteps([...members], ([a], [b]) => compareText(a, b)));
}

/** Steps as empty texts. */
function* paused<T>(steps: Generator<unknown, T>): Generator<string, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield '';
  }
}

function* familyTexts({ help = '', type, samples }: HeldFamily, atSeconds: number): Generator<string, void> {
  const helpMember = help === '' ? '' : `"help":${jsonText(help)},`;
  yield `{"time_stamp":"${rfc3339(atSeconds)}","type":"${type.toUpperCase()}",${helpMember}"metrics":[`;
  let separator = '';
  for (const sample of samples) {
    if (separator !== '') yield separator;
    yield* sampleTexts(sample);
    separator = ',';
  }
  yield ']}';
}

function* sampleTexts(sample: Sample): Generator<string, void> {
  const labels = labelsText(sample.labels);
  switch (sample.kind) {
    case 'value':
      yield `{"labels":${labels},"value":"${formatNumber(sample.value)}"}`;
      return;
    case 'summary':
      yield `{"count":"${countText(sample)}","labels":${labels},"quantiles":`;
      yield* objectTexts(sample.quantiles, ({ quantile, value }) => [formatNumber(quantile), formatNumber(value)]);
      yield `,"sum":"${formatNumber(sample.sum)}"}`;
      return;
    case 'histogram':
      yield '{"buckets":';
      yield* bucketTexts(sample);
      yield `,"count":"${countText(sample)}","labels":${labels},"sum":"${formatNumber(sample.sum)}"}`;
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

function* bucketTexts({ buckets, native, floatCounts }: HistogramSample): Generator<string, void> {
  const write = floatCounts ? formatNumber : integerText;
  // Upstream takes a histogram with spans for a native one.
  if (native !== undefined && native.negative.spans.length + native.positive.spans.length > 0) {
    let separator = '[';
    for (const bucket of nativeBuckets(native)) {
      yield separator + nativeBucketText(bucket, write);
      separator = ',';
    }
    yield separator === '[' ? '[]' : ']';
    return;
  }
  yield* objectTexts(buckets, ({ upperBound, cumulativeCount }) => [formatNumber(upperBound), write(cumulativeCount)]);
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
  const isInOrder = labels.every(({ name }, index) => index === 0 || (labels[index - 1]?.name ?? '') < name);
  if (!isInOrder) return [...objectTexts(labels, ({ name, value }) => [name, value])].join('');
  return `{${labels.map(({ name, value }) => `${jsonText(name)}:${jsonText(value)}`).join(',')}}`;
}

/**
 * Writes a JSON object of texts, sorted by key, in pieces. If a key occurs twice, the last one counts.
 */
function* objectTexts<T>(
  items: readonly T[],
  memberOf: (item: T) => readonly [key: string, value: string],
): Generator<string, void> {
  const members = new Map<string, string>();
  for (const [index, item] of items.entries()) {
    if (index % BUCKETS_A_STEP === BUCKETS_A_STEP - 1) yield '';
    members.set(...memberOf(item));
  }
  let separator = '{';
  for (const [key, value] of yield* paused(sortedInSteps([...members], ([a], [b]) => compareText(a, b)))) {
    yield `${separator}${jsonText(key)}:${jsonText(value)}`;
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
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

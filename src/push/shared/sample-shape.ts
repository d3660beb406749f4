import type { MetricType } from '../../metrics/metric-definition.js';
import type { Label, Sample } from '../../metrics/metric-family.js';
import type { GroupingKey } from '../pushed-group.js';

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number';
const isText: Check = (value) => typeof value === 'string';
const isWhole: Check = (value) => Number.isSafeInteger(value);

/** Exactly these members; those of `optional` may be missing. */
function shape(members: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check {
  const required = Object.entries(members);
  const known = new Map([...required, ...Object.entries(optional)]);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const found = new Map<string, unknown>(Object.entries(value));
    if (!required.every(([name]) => found.has(name))) return false;
    return [...found].every(([name, member]) => known.get(name)?.(member) === true);
  };
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

const isLabels = listOf(shape({ name: isText, value: isText }));
const isInstant = shape({ seconds: isNumber, nanos: isWhole });
const isExemplar = shape({ labels: isLabels, value: isNumber }, { timestamp: isInstant });

/** Spans announce buckets, each of which has to be there, so that a span of billions costs nothing. */
const isBuckets: Check = (value) => {
  if (!hasBucketsShape(value)) return false;
  const { spans, counts } = value as {
    spans: readonly { offset: number; length: number }[];
    counts: readonly number[];
  };
  return (
    spans.every(({ length }) => length >= 0) && spans.reduce((sum, { length }) => sum + length, 0) === counts.length
  );
};
const hasBucketsShape = shape({ spans: listOf(shape({ offset: isWhole, length: isWhole })), counts: listOf(isNumber) });

const isNative = shape(
  { schema: isWhole, zeroThreshold: isNumber, zeroCount: isNumber, negative: isBuckets, positive: isBuckets },
  { exemplars: listOf(isExemplar) },
);

const is =
  (word: string): Check =>
  (value) =>
    value === word;

const isValue = shape(
  { kind: is('value'), labels: isLabels, value: isNumber },
  { exemplar: isExemplar, created: isInstant },
);
const isBucket = shape({ upperBound: isNumber, cumulativeCount: isNumber }, { exemplar: isExemplar });
const isHistogram = shape(
  { kind: is('histogram'), labels: isLabels, buckets: listOf(isBucket), sum: isNumber, count: isNumber },
  { floatCounts: (value) => value === true, native: isNative, created: isInstant },
);
const isQuantile = shape({ quantile: isNumber, value: isNumber });
const isSummary = shape(
  { kind: is('summary'), labels: isLabels, quantiles: listOf(isQuantile), sum: isNumber, count: isNumber },
  { created: isInstant },
);

/** The form that series of each type have. */
const OF_TYPE: ReadonlyMap<unknown, Check> = new Map<MetricType, Check>([
  ['counter', isValue],
  ['gauge', isValue],
  ['untyped', isValue],
  ['histogram', isHistogram],
  ['gauge_histogram', isHistogram],
  ['summary', isSummary],
]);

/**
 * Returns the check whether something is a series of a family of this type, as the group holds it; undefined for no
 * type.
 */
export function sampleCheck(type: unknown, { labels }: GroupingKey): ((value: unknown) => value is Sample) | undefined {
  const hasForm = OF_TYPE.get(type);
  if (hasForm === undefined) return undefined;
  const own = new Map(labels.map(({ name, value }) => [name, value]));
  return (value): value is Sample => hasForm(value) && fitsGroup((value as Sample).labels, own);
}

/** Whether labels are in order, with all labels of the group and an instance, as `withGroupLabels` makes them. */
function fitsGroup(labels: readonly Label[], own: ReadonlyMap<string, string>): boolean {
  let previous = '';
  let found = 0;
  let hasInstance = false;
  for (const { name, value } of labels) {
    if (name < previous) return false;
    const expected = own.get(name);
    if (expected !== undefined) {
      if (expected !== value) return false;
      if (name !== previous) found += 1;
    }
    hasInstance ||= name === 'instance';
    previous = name;
  }
  return hasInstance && found === own.size;
}

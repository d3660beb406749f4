import { escapeName, type EscapingScheme } from '../escape-name.js';
import type { MetricType } from '../metric-definition.js';
import type {
  Exemplar,
  HistogramSample,
  Instant,
  Label,
  MetricFamily,
  NativeHistogram,
  Sample,
} from '../metric-family.js';
import { seriesOf, type StreamedFamily } from '../series-list.js';
import { type TextFields, textInteger, textNumber, textString, writeCompact, writeLong } from './prototext.js';

/**
 * Writes families as `io.prometheus.client.MetricFamily` in the text form of protobuf: on many lines with an empty line
 * after each family, or one family on each line. Upstream writes one or two spaces, depending on its build; this always
 * writes one.
 */
export function writeProtobufText(
  families: readonly StreamedFamily[],
  { isCompact, escaping }: { readonly isCompact: boolean; readonly escaping: EscapingScheme },
): string {
  let text = '';
  for (const family of families) {
    for (const piece of protobufTextPieces(family, family.samples, { isCompact, escaping })) text += piece;
  }
  return text;
}

/** How many samples are in a piece. */
const SAMPLES_A_PIECE = 64;
/** The same of series: a histogram may have many buckets. */
const SERIES_A_PIECE = 1024;

/** Writes one family, with `samples` in place of its own, in pieces. They are empty where a sample is undefined. */
export function* protobufTextPieces(
  { name, help, type, unit }: Omit<MetricFamily, 'samples'>,
  samples: Iterable<Sample | undefined>,
  { isCompact, escaping }: { readonly isCompact: boolean; readonly escaping: EscapingScheme },
): Generator<string> {
  const write = (fields: TextFields): string => (isCompact ? writeCompact(fields) : writeLong(fields));
  const next = (field: TextFields[number]): string => `${isCompact ? ' ' : ''}${write([field])}`;
  const head: OpenFields = [['name', textString(escapeName(name, escaping))]];
  if (help !== undefined) head.push(['help', textString(help)]);
  head.push(['type', type.toUpperCase()]);
  let text = write(head);
  let [count, series] = [0, 0];
  for (const sample of samples) {
    if (sample !== undefined) text += next(['metric', sampleFields(type, sample, escaping)]);
    if (sample !== undefined) series += seriesOf(sample);
    if (sample !== undefined && ++count < SAMPLES_A_PIECE && series < SERIES_A_PIECE) continue;
    [count, series] = [0, 0];
    yield text;
    text = '';
  }
  if (unit !== undefined) text += next(['unit', textString(unit)]);
  yield `${text}\n`;
}

type OpenFields = TextFields[number][];

function sampleFields(type: MetricType, sample: Sample, escaping: EscapingScheme): TextFields {
  const fields: OpenFields = labelFields(
    sample.labels.map(({ name, value }) => ({ name: escapeName(name, escaping), value })),
  );
  fields.push([sample.kind === 'value' ? type : sample.kind, valueFields(sample)]);
  if (sample.timestampMs !== undefined) fields.push(['timestamp_ms', textInteger(sample.timestampMs)]);
  return fields;
}

function labelFields(labels: readonly Label[]): OpenFields {
  return labels.map(({ name, value }) => [
    'label',
    [
      ['name', textString(name)],
      ['value', textString(value)],
    ],
  ]);
}

function valueFields(sample: Sample): TextFields {
  if (sample.kind === 'histogram') return histogramFields(sample);
  const fields: OpenFields = [];
  if (sample.kind === 'value') {
    fields.push(['value', textNumber(sample.value)]);
    if (sample.exemplar !== undefined) fields.push(['exemplar', exemplarFields(sample.exemplar)]);
  } else {
    fields.push(['sample_count', textInteger(sample.count)], ['sample_sum', textNumber(sample.sum)]);
    for (const { quantile, value } of sample.quantiles) {
      fields.push([
        'quantile',
        [
          ['quantile', textNumber(quantile)],
          ['value', textNumber(value)],
        ],
      ]);
    }
  }
  if (sample.created !== undefined) fields.push(['created_timestamp', instantFields(sample.created)]);
  return fields;
}

/** The fields in the order of metrics.proto. */
function histogramFields({ buckets, sum, count, floatCounts, native, created }: HistogramSample): TextFields {
  const fields: OpenFields = [];
  const counted = (name: string, value: number): TextFields[number] =>
    floatCounts ? [`${name}_float`, textNumber(value)] : [name, textInteger(value)];
  fields.push(counted('sample_count', count), ['sample_sum', textNumber(sum)]);
  for (const { upperBound, cumulativeCount, exemplar } of buckets) {
    const bucket: OpenFields = [counted('cumulative_count', cumulativeCount), ['upper_bound', textNumber(upperBound)]];
    if (exemplar !== undefined) bucket.push(['exemplar', exemplarFields(exemplar)]);
    fields.push(['bucket', bucket]);
  }
  if (created !== undefined) fields.push(['created_timestamp', instantFields(created)]);
  if (native !== undefined) {
    fields.push(['schema', textInteger(native.schema)], ['zero_threshold', textNumber(native.zeroThreshold)]);
    fields.push(counted('zero_count', native.zeroCount));
    fields.push(...nativeFields('negative', native, floatCounts === true));
    fields.push(...nativeFields('positive', native, floatCounts === true));
  }
  for (const exemplar of native?.exemplars ?? []) fields.push(['exemplars', exemplarFields(exemplar)]);
  return fields;
}

function nativeFields(side: 'negative' | 'positive', native: NativeHistogram, isFloat: boolean): OpenFields {
  const { spans, counts } = native[side];
  const fields: OpenFields = spans.map(({ offset, length }) => [
    `${side}_span`,
    [
      ['offset', textInteger(offset)],
      ['length', textInteger(length)],
    ],
  ]);
  let before = 0;
  for (const count of counts) {
    if (isFloat) fields.push([`${side}_count`, textNumber(count)]);
    else fields.push([`${side}_delta`, textInteger(count - before)]);
    before = count;
  }
  return fields;
}

function exemplarFields({ labels, value, timestamp }: Exemplar): TextFields {
  const fields: OpenFields = [...labelFields(labels), ['value', textNumber(value)]];
  if (timestamp !== undefined) fields.push(['timestamp', instantFields(timestamp)]);
  return fields;
}

/** In proto3, a field that is zero is left out. */
function instantFields({ seconds, nanos }: Instant): TextFields {
  const fields: OpenFields = [];
  if (seconds !== 0) fields.push(['seconds', textInteger(seconds)]);
  if (nanos !== 0) fields.push(['nanos', textInteger(nanos)]);
  return fields;
}

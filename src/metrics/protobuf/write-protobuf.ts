import { escapeName, type EscapingScheme } from '../escape-name.js';
import type { MetricType } from '../metric-definition.js';
import type {
  Exemplar,
  HistogramSample,
  Instant,
  Label,
  MetricFamily,
  NativeBuckets,
  Sample,
} from '../metric-family.js';
import { seriesOf, type StreamedFamily } from '../series-list.js';
import { PAUSE } from '../shared-pieces.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** The media type without the encoding. */
export const PROTOBUF_MEDIA_TYPE = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily';

/** The media type of delimited protobuf, without its `escaping` parameter. */
export const PROTOBUF_CONTENT_TYPE = `${PROTOBUF_MEDIA_TYPE}; encoding=delimited`;

/** The values of `io.prometheus.client.MetricType` (prometheus/client_model, metrics.proto). */
const TYPE_NUMBERS: Readonly<Record<MetricType, number>> = {
  counter: 0,
  gauge: 1,
  summary: 2,
  untyped: 3,
  histogram: 4,
  gauge_histogram: 5,
};

/** The number of the field of `Metric` that holds a plain value of each type. */
const VALUE_FIELDS: Readonly<Record<MetricType, number>> = {
  gauge: 2,
  counter: 3,
  summary: 4,
  untyped: 5,
  histogram: 7,
  gauge_histogram: 7,
};

/**
 * Writes the families in the given order as `io.prometheus.client.MetricFamily` messages, each after its length as a
 * varint. Names are escaped by `escaping`.
 */
export function writeDelimitedProtobuf(
  families: readonly StreamedFamily[],
  escaping: EscapingScheme = 'allow-utf-8',
): Buffer {
  return Buffer.concat(families.flatMap((family) => [...delimitedProtobufPieces(family, family.samples, escaping)]));
}

/** Samples that are written before the caller may yield to the event loop. */
const SAMPLES_A_PIECE = 64;
/** The same of series: a histogram may have many buckets. */
const SERIES_A_PIECE = 1024;

/**
 * Writes one family, with `samples` in place of its own, in the same form. Its length comes first, so all of it is
 * written before the first piece that is not empty: empty pieces are moments at which other work may run, as is an
 * undefined sample.
 */
export function* delimitedProtobufPieces(
  { name, help, type, unit }: Omit<MetricFamily, 'samples'>,
  samples: Iterable<Sample | undefined>,
  escaping: EscapingScheme,
): Generator<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  let out = new ProtobufWriter().text(1, escapeName(name, escaping));
  if (help !== undefined) out.text(2, help);
  out.uint(3, TYPE_NUMBERS[type]);
  let [count, series] = [0, 0];
  for (const sample of samples) {
    if (sample !== undefined) out.message(4, writeSample(type, sample, escaping));
    if (sample !== undefined) series += seriesOf(sample);
    if (sample !== undefined && ++count < SAMPLES_A_PIECE && series < SERIES_A_PIECE) continue;
    [count, series] = [0, 0];
    const piece = out.bytes();
    out = new ProtobufWriter();
    pieces.push(piece);
    length += piece.length;
    yield PAUSE;
  }
  if (unit !== undefined) out.text(5, unit);
  const last = out.bytes();
  yield new ProtobufWriter().varint(length + last.length).bytes();
  yield* pieces;
  yield last;
}

function writeSample(type: MetricType, sample: Sample, escaping: EscapingScheme): Buffer {
  const out = new ProtobufWriter();
  for (const { name, value } of sample.labels) out.message(1, writeLabel({ name: escapeName(name, escaping), value }));
  out.message(valueField(type, sample), writeValue(sample));
  if (sample.timestampMs !== undefined) out.int(6, sample.timestampMs);
  return out.bytes();
}

function valueField(type: MetricType, sample: Sample): number {
  return sample.kind === 'value' ? VALUE_FIELDS[type] : VALUE_FIELDS[sample.kind];
}

function writeLabel({ name, value }: Label): Buffer {
  return new ProtobufWriter().text(1, name).text(2, value).bytes();
}

function writeValue(sample: Sample): Buffer {
  const out = new ProtobufWriter();
  switch (sample.kind) {
    case 'value':
      out.double(1, sample.value);
      if (sample.exemplar !== undefined) out.message(2, writeExemplar(sample.exemplar));
      break;
    case 'histogram':
      return writeHistogram(sample);
    case 'summary':
      out.uint(1, sample.count).double(2, sample.sum);
      for (const { quantile, value } of sample.quantiles) {
        out.message(3, new ProtobufWriter().double(1, quantile).double(2, value).bytes());
      }
  }
  if (sample.created !== undefined) out.message(CREATED_FIELDS[sample.kind], writeInstant(sample.created));
  return out.bytes();
}

const CREATED_FIELDS = { value: 3, summary: 4, histogram: 15 } as const;

function writeHistogram({ buckets, sum, count, floatCounts, native, created }: HistogramSample): Buffer {
  const out = new ProtobufWriter();
  if (floatCounts) out.double(4, count);
  else out.uint(1, count);
  out.double(2, sum);
  for (const { upperBound, cumulativeCount, exemplar } of buckets) {
    const bucket = new ProtobufWriter();
    if (floatCounts) bucket.double(4, cumulativeCount);
    else bucket.uint(1, cumulativeCount);
    bucket.double(2, upperBound);
    if (exemplar !== undefined) bucket.message(3, writeExemplar(exemplar));
    out.message(3, bucket.bytes());
  }
  if (native !== undefined) {
    out.sint(5, native.schema).double(6, native.zeroThreshold);
    if (floatCounts) out.double(8, native.zeroCount);
    else out.uint(7, native.zeroCount);
    writeNativeBuckets(out, native.negative, { spans: 9, deltas: 10, counts: 11, isFloat: floatCounts === true });
    writeNativeBuckets(out, native.positive, { spans: 12, deltas: 13, counts: 14, isFloat: floatCounts === true });
  }
  if (created !== undefined) out.message(CREATED_FIELDS.histogram, writeInstant(created));
  for (const exemplar of native?.exemplars ?? []) out.message(16, writeExemplar(exemplar));
  return out.bytes();
}

interface NativeFields {
  readonly spans: number;
  readonly deltas: number;
  readonly counts: number;
  readonly isFloat: boolean;
}

function writeNativeBuckets(out: ProtobufWriter, buckets: NativeBuckets, fields: NativeFields): void {
  for (const { offset, length } of buckets.spans) {
    out.message(fields.spans, new ProtobufWriter().sint(1, offset).uint(2, length).bytes());
  }
  let before = 0;
  for (const count of buckets.counts) {
    if (fields.isFloat) out.double(fields.counts, count);
    else out.sint(fields.deltas, count - before);
    before = count;
  }
}

function writeExemplar({ labels, value, timestamp }: Exemplar): Buffer {
  const out = new ProtobufWriter();
  for (const label of labels) out.message(1, writeLabel(label));
  out.double(2, value);
  if (timestamp !== undefined) out.message(3, writeInstant(timestamp));
  return out.bytes();
}

function writeInstant({ seconds, nanos }: Instant): Buffer {
  return new ProtobufWriter().int(1, seconds).int(2, nanos).bytes();
}

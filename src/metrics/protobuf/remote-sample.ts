import type { MetricType } from '../metric-definition.js';
import type { HistogramSample, Label, NativeBuckets, NativeHistogram } from '../metric-family.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** The value of a series at one time: a number, `stale` at its end, or a native histogram. */
export type RemoteValue = number | 'stale' | RemoteHistogram;

/** A native histogram with its sum and count. */
export type RemoteHistogram = Pick<HistogramSample, 'count' | 'sum'> & { readonly native: NativeHistogram };

/** One sample of one series; the labels have `__name__` and are sorted by name. */
export interface RemoteSample {
  readonly labels: readonly Label[];
  readonly timestampMs: number;
  readonly value: RemoteValue;
}

/** The metadata of a metric. */
export interface RemoteMetadata {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit?: string;
}

/** `MetricType` of the metadata of both versions (prompb/types.proto, prompb/io/prometheus/write/v2/types.proto). */
export const REMOTE_TYPE_NUMBERS: Readonly<Record<MetricType, number>> = {
  untyped: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gauge_histogram: 4,
  summary: 5,
};

/** Prometheus' stale marker, a NaN with these bits (model/value). */
const STALE_NAN = Buffer.from('020000000000f07f', 'hex');

/**
 * Writes the value of a sample as a message of the series: a `Sample` in one field, or a `Histogram` in the other. Both
 * messages are the same in remote write 1.0 and 2.0, but for fields that nobody need send.
 */
export function writeRemoteValue(
  series: ProtobufWriter,
  { value, timestampMs }: RemoteSample,
  fields: { readonly sample: number; readonly histogram: number },
): void {
  if (typeof value === 'object') {
    series.message(fields.histogram, writeHistogram(value, timestampMs));
    return;
  }
  const sample = new ProtobufWriter();
  if (value === 'stale') sample.fixed64(1, STALE_NAN);
  else sample.double(1, value);
  series.message(fields.sample, sample.int(2, timestampMs).bytes());
}

function writeHistogram({ count, sum, native }: RemoteHistogram, timestampMs: number): Buffer {
  const out = new ProtobufWriter().uint(1, count).double(3, sum).sint(4, native.schema);
  out.double(5, native.zeroThreshold).uint(6, native.zeroCount);
  writeBuckets(out, native.negative, { spans: 8, deltas: 9 });
  writeBuckets(out, native.positive, { spans: 11, deltas: 12 });
  return out.int(15, timestampMs).bytes();
}

function writeBuckets(
  out: ProtobufWriter,
  { spans, counts }: NativeBuckets,
  fields: { readonly spans: number; readonly deltas: number },
): void {
  for (const { offset, length } of spans) {
    out.message(fields.spans, new ProtobufWriter().sint(1, offset).uint(2, length).bytes());
  }
  let before = 0;
  for (const count of counts) {
    out.sint(fields.deltas, count - before);
    before = count;
  }
}

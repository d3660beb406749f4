import { escapeLabelName } from './escape-name.js';
import type { EscapingScheme } from './escape-name.js';
import type { Label, MetricFamily, Sample } from './metric-family.js';
import type { MetricType } from './metric-definition.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** The media type of delimited protobuf, without its `escaping` parameter. */
export const PROTOBUF_CONTENT_TYPE =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

/** `io.prometheus.client.MetricType` of prometheus/client_model's metrics.proto. */
const TYPE_NUMBERS: Readonly<Record<MetricType, number>> = {
  counter: 0,
  gauge: 1,
  summary: 2,
  untyped: 3,
  histogram: 4,
  gauge_histogram: 5,
};

/** The field of `Metric` that holds the value of a type with a plain value. */
const VALUE_FIELDS: Readonly<Record<MetricType, number>> = {
  gauge: 2,
  counter: 3,
  summary: 4,
  untyped: 5,
  histogram: 7,
  gauge_histogram: 7,
};

/** The families in the order given, label names escaped unless `escaping` allows UTF-8, each an `io.prometheus.client.MetricFamily` behind its length as a varint. */
export function writeDelimitedProtobuf(
  families: readonly MetricFamily[],
  escaping: EscapingScheme = 'allow-utf-8',
): Buffer {
  const out = new ProtobufWriter();
  for (const family of families) out.delimited(writeFamily(family, escaping));
  return out.bytes();
}

function writeFamily({ name, help, type, samples }: MetricFamily, escaping: EscapingScheme): Buffer {
  const out = new ProtobufWriter();
  out.text(1, name);
  if (help !== undefined) out.text(2, help);
  out.uint(3, TYPE_NUMBERS[type]);
  for (const sample of samples) out.message(4, writeSample(type, sample, escaping));
  return out.bytes();
}

function writeSample(type: MetricType, sample: Sample, escaping: EscapingScheme): Buffer {
  const out = new ProtobufWriter();
  for (const label of sample.labels) out.message(1, writeLabel(label, escaping));
  out.message(valueField(type, sample), writeValue(sample));
  if (sample.timestampMs !== undefined) out.int(6, sample.timestampMs);
  return out.bytes();
}

function valueField(type: MetricType, sample: Sample): number {
  return sample.kind === 'value' ? VALUE_FIELDS[type] : VALUE_FIELDS[sample.kind];
}

/** Protobuf needs no quotes: a name that may stand as it is does. */
function writeLabel({ name, value }: Label, escaping: EscapingScheme): Buffer {
  const out = new ProtobufWriter();
  out.text(1, escaping === 'allow-utf-8' ? name : escapeLabelName(name, escaping));
  out.text(2, value);
  return out.bytes();
}

function writeValue(sample: Sample): Buffer {
  const out = new ProtobufWriter();
  if (sample.kind === 'value') {
    out.double(1, sample.value);
    return out.bytes();
  }
  out.uint(1, sample.count);
  out.double(2, sample.sum);
  if (sample.kind === 'histogram') {
    for (const { upperBound, cumulativeCount } of sample.buckets) {
      out.message(3, new ProtobufWriter().uint(1, cumulativeCount).double(2, upperBound).bytes());
    }
  } else {
    for (const { quantile, value } of sample.quantiles) {
      out.message(3, new ProtobufWriter().double(1, quantile).double(2, value).bytes());
    }
  }
  return out.bytes();
}

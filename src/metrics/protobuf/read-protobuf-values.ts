import type { Exemplar, Instant, Label, Quantile, SummarySample, ValueSample } from '../metric-family.js';
import { FIXED64, LENGTH_DELIMITED, type ProtobufReader, VARINT } from './protobuf-reader.js';

/** A type without `readonly`, for an object that is still being filled. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a `LabelPair` message. Throws ProtobufParseError, as all functions here do. */
export function readLabel(message: ProtobufReader): Label {
  const label = { name: '', value: '' };
  message.fields((field, wireType) => {
    if (wireType !== LENGTH_DELIMITED) return false;
    if (field === 1) label.name = message.text();
    else if (field === 2) label.value = message.text();
    else return false;
    return true;
  });
  return label;
}

/** Reads a `Gauge`, `Counter` or `Untyped` message. */
export function readPlainValue(message: ProtobufReader): ValueSample {
  const sample: Mutable<ValueSample> = { kind: 'value', value: 0 };
  message.fields((field, wireType) => {
    if (field === 1 && wireType === FIXED64) sample.value = message.double();
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 2) sample.exemplar = readExemplar(message.message());
    else if (field === 3) sample.created = readInstant(message.message());
    else return false;
    return true;
  });
  return sample;
}

/** Reads a `Summary` message; its quantiles count as series of the limit. */
export function readSummary(message: ProtobufReader): SummarySample {
  const quantiles: Quantile[] = [];
  const sample: Mutable<SummarySample> = { kind: 'summary', quantiles, sum: 0, count: 0 };
  message.fields((field, wireType) => {
    if (field === 1 && wireType === VARINT) sample.count = message.uint();
    else if (field === 2 && wireType === FIXED64) sample.sum = message.double();
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 3) {
      message.meter.series(1);
      quantiles.push(readQuantile(message.message()));
    } else if (field === 4) sample.created = readInstant(message.message());
    else return false;
    return true;
  });
  return sample;
}

function readQuantile(message: ProtobufReader): Quantile {
  const quantile = { quantile: 0, value: 0 };
  message.fields((field, wireType) => {
    if (wireType !== FIXED64) return false;
    if (field === 1) quantile.quantile = message.double();
    else if (field === 2) quantile.value = message.double();
    else return false;
    return true;
  });
  return quantile;
}

/** Reads an `Exemplar` message. */
export function readExemplar(message: ProtobufReader): Exemplar {
  const labels: Label[] = [];
  const exemplar: Mutable<Exemplar> = { labels, value: 0 };
  message.meter.part();
  message.fields((field, wireType) => {
    if (field === 2 && wireType === FIXED64) exemplar.value = message.double();
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 1) {
      message.meter.part();
      labels.push(readLabel(message.message()));
    } else if (field === 3) exemplar.timestamp = readInstant(message.message());
    else return false;
    return true;
  });
  return exemplar;
}

/** Reads a `google.protobuf.Timestamp` message. */
export function readInstant(message: ProtobufReader): Instant {
  const instant = { seconds: 0, nanos: 0 };
  message.fields((field, wireType) => {
    if (wireType !== VARINT) return false;
    if (field === 1) instant.seconds = message.int();
    else if (field === 2) instant.nanos = message.int();
    else return false;
    return true;
  });
  return instant;
}

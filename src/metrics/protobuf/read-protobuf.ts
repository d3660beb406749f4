import { goQuote } from '../../values/go/go-quote.js';
import { atOnce } from '../../values/in-slices.js';
import type { MetricType } from '../metric-definition.js';
import type { HistogramSample, Label, MetricFamily, Sample, SummarySample, ValueSample } from '../metric-family.js';
import { type ParseLimits, ParseMeter, UNLIMITED } from '../parse-limits.js';
import { LENGTH_DELIMITED, ProtobufReader, VARINT } from './protobuf-reader.js';
import { readHistogramSteps } from './read-protobuf-histogram.js';
import { readLabel, readPlainValue, readSummary } from './read-protobuf-values.js';

/** The samples of a family contradict its type. `message` is upstream's, which detects this when it gathers. */
export class InconsistentFamilyError extends Error {
  override readonly name = 'InconsistentFamilyError';
}

/** The values of `io.prometheus.client.MetricType` (prometheus/client_model, metrics.proto). */
const TYPES: readonly MetricType[] = ['counter', 'gauge', 'summary', 'untyped', 'histogram', 'gauge_histogram'];

/**
 * Reads `io.prometheus.client.MetricFamily` messages, each after its length. If a name occurs twice, the last family
 * counts. Names and texts are not checked; bytes that are not UTF-8 are decoded as byte-string.ts describes. Memory is
 * at most a multiple of the body's size.
 * Throws ProtobufParseError, InconsistentFamilyError for samples that are not of their family's type, and
 * ParseLimitError if the stream exceeds `limits`.
 */
export function readDelimitedProtobuf(body: Buffer, options: { readonly limits?: ParseLimits } = {}): MetricFamily[] {
  return atOnce(readDelimitedProtobufSteps(body, options));
}

/** Does what `readDelimitedProtobuf` does in steps, for input that may be long. */
export function* readDelimitedProtobufSteps(
  body: Buffer,
  { limits = UNLIMITED }: { readonly limits?: ParseLimits } = {},
): Generator<undefined, MetricFamily[]> {
  const stream = ProtobufReader.over(body, new ParseMeter(limits));
  const families = new Map<string, MetricFamily>();
  while (!stream.isAtEnd) {
    stream.meter.family();
    yield;
    const family = yield* readFamily(stream.delimited());
    families.set(family.name, family);
  }
  return [...families.values()];
}

/**
 * Reads one `io.prometheus.client.MetricFamily` message, without limits. Throws ProtobufParseError and
 * InconsistentFamilyError.
 */
export function readProtobufFamily(message: Buffer): MetricFamily {
  return atOnce(readFamily(ProtobufReader.over(message, new ParseMeter(UNLIMITED))));
}

/** How many series are read between two moments at which the caller may let other work run. */
const SAMPLES_A_STEP = 64;

function* readFamily(message: ProtobufReader): Generator<undefined, MetricFamily> {
  let name = '';
  let help: string | undefined;
  let unit: string | undefined;
  // The default of an enumeration in proto2 is its first value.
  let type: MetricType = 'counter';
  const metrics: ProtobufReader[] = [];
  yield* message.fieldSteps((field, wireType) => {
    if (field === 3 && wireType === VARINT) type = TYPES[message.int()] ?? type;
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 1) name = message.text();
    else if (field === 2) help = message.text();
    else if (field === 4) {
      message.meter.series(1);
      metrics.push(message.message());
    } else if (field === 5) unit = message.text();
    else return false;
    return true;
  });
  if (name === '') throw new InconsistentFamilyError('a metric family has no name');
  message.meter.name(name.length);
  const samples: Sample[] = [];
  for (const metric of metrics) {
    if (samples.length % SAMPLES_A_STEP === 0) yield;
    samples.push(yield* readSample(metric, { name, type }));
  }
  return { name, ...(help !== undefined && { help }), type, ...(unit !== undefined && { unit }), samples };
}

/** The values of one metric. A family has one type, so exactly one of them should be there. */
interface MetricValues {
  gauge?: ValueSample;
  counter?: ValueSample;
  untyped?: ValueSample;
  summary?: SummarySample;
  histogram?: HistogramSample;
}

function* readSample(
  message: ProtobufReader,
  { name, type }: { name: string; type: MetricType },
): Generator<undefined, Sample> {
  const labels: Label[] = [];
  const values: MetricValues = {};
  const histograms: ProtobufReader[] = [];
  let timestampMs: number | undefined;
  yield* message.fieldSteps((field, wireType) => {
    if (field === 6 && wireType === VARINT) timestampMs = message.int();
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 1) labels.push(readSeriesLabel(message, { before: labels.length, name }));
    else if (field === 2) values.gauge = readPlainValue(message.message());
    else if (field === 3) values.counter = readPlainValue(message.message());
    else if (field === 4) values.summary = readSummary(message.message());
    else if (field === 5) values.untyped = readPlainValue(message.message());
    else if (field === 7) {
      if (histograms.length > 0) message.meter.part();
      histograms.push(message.message());
    } else return false;
    return true;
  });
  for (const histogram of histograms) values.histogram = yield* readHistogramSteps(histogram, name);
  const value = type === 'gauge_histogram' ? values.histogram : values[type];
  if (value === undefined) throw new InconsistentFamilyError(notOfItsType({ name, type, labels, values }));
  return { labels, ...(timestampMs !== undefined && { timestampMs }), ...value };
}

/** A label must have a name, whichever checks are switched on. */
function readSeriesLabel(message: ProtobufReader, { before, name }: { before: number; name: string }): Label {
  message.meter.label(before);
  const label = readLabel(message.message());
  message.meter.name(label.name.length);
  if (label.name === '') {
    throw new InconsistentFamilyError(`collected metric ${goQuote(name)} has a label with an invalid name: `);
  }
  return label;
}

/**
 * The sentence of client_golang's checkMetricConsistency. Where upstream prints the whole value, only the name of what
 * is there instead is printed.
 */
function notOfItsType({
  name,
  type,
  labels,
  values,
}: {
  name: string;
  type: MetricType;
  labels: readonly Label[];
  values: MetricValues;
}): string {
  const parts = labels.map((label) => `label:{name:${goQuote(label.name)} value:${goQuote(label.value)}}`);
  for (const kind of Object.keys(values)) parts.push(`${kind}:{}`);
  return `collected metric ${goQuote(name)} { ${parts.join(' ')}} is not a ${type.toUpperCase()}`;
}

import { goQuote } from '../../values/go/go-quote.js';
import { atOnce } from '../../values/in-slices.js';
import type { MetricType } from '../metric-definition.js';
import type { HistogramSample, Label, MetricFamily, Sample, SummarySample, ValueSample } from '../metric-family.js';
import { NumberList } from '../number-list.js';
import { type ParseLimits, ParseMeter, UNLIMITED } from '../parse-limits.js';
import { SeriesInBody } from '../series-in-body.js';
import { type HeldFamily, seriesOf } from '../series-list.js';
import { LabelCache } from '../string-cache.js';
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
  return yield* readStream(body, limits, readFamily);
}

/**
 * Reads like `readDelimitedProtobufSteps`, but leaves the series in the body, which must not change afterwards. Each
 * series is parsed again when a caller reaches it.
 */
export function* readDelimitedProtobufInPlace(
  body: Buffer,
  { limits = UNLIMITED }: { readonly limits?: ParseLimits } = {},
): Generator<undefined, HeldFamily[]> {
  return yield* readStream(body, limits, readFamilyInPlace);
}

function* readStream<T extends { readonly name: string }>(
  body: Buffer,
  limits: ParseLimits,
  read: (message: ProtobufReader, shared: LabelCache) => Generator<undefined, T>,
): Generator<undefined, T[]> {
  const shared = new LabelCache();
  const stream = ProtobufReader.over(body, new ParseMeter(limits));
  const families = new Map<string, T>();
  while (!stream.isAtEnd) {
    stream.meter.family();
    yield;
    const family = yield* read(stream.delimited(), shared);
    families.set(family.name, family);
  }
  return [...families.values()];
}

/**
 * Reads one `io.prometheus.client.MetricFamily` message, without limits. Throws ProtobufParseError and
 * InconsistentFamilyError.
 */
export function readProtobufFamily(message: Buffer): MetricFamily {
  return atOnce(readFamily(ProtobufReader.over(message, UNCOUNTED), new LabelCache()));
}

const UNCOUNTED = new ParseMeter(UNLIMITED);

/** How many series are read between two moments at which the caller may let other work run. */
const SAMPLES_A_STEP = 64;

function* readFamily(message: ProtobufReader, shared: LabelCache): Generator<undefined, MetricFamily> {
  const { head, places } = yield* readHead(message);
  const samples: Sample[] = [];
  const series = { ...head, shared };
  for (const place of places) {
    if (samples.length % SAMPLES_A_STEP === 0) yield;
    samples.push(yield* readSample(message.messageAt(place), series));
  }
  return { ...head, samples };
}

function* readFamilyInPlace(message: ProtobufReader, shared: LabelCache): Generator<undefined, HeldFamily> {
  const { head, places } = yield* readHead(message);
  const series = { ...head, shared };
  let seriesCount = 0;
  let hasTimestamps = false;
  let count = 0;
  for (const place of places) {
    if (count++ % SAMPLES_A_STEP === 0) yield;
    const sample = yield* readSample(message.messageAt(place), series);
    seriesCount += seriesOf(sample);
    hasTimestamps ||= sample.timestampMs !== undefined;
  }
  const readAgain = (place: number): Sample => atOnce(readSample(message.messageAt(place, UNCOUNTED), series));
  return { ...head, samples: new SeriesInBody(places, readAgain, { seriesCount, hasTimestamps }) };
}

/** A family without its series, and where each of them is. */
interface FamilyHead {
  readonly head: Omit<MetricFamily, 'samples'>;
  readonly places: NumberList;
}

function* readHead(message: ProtobufReader): Generator<undefined, FamilyHead> {
  let name = '';
  let help: string | undefined;
  let unit: string | undefined;
  // The default of an enumeration in proto2 is its first value.
  let type: MetricType = 'counter';
  const places = new NumberList();
  yield* message.fieldSteps((field, wireType) => {
    if (field === 3 && wireType === VARINT) type = TYPES[message.int()] ?? type;
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 1) name = message.text();
    else if (field === 2) help = message.text();
    else if (field === 4) {
      message.meter.series(1);
      places.push(message.place);
      message.message();
    } else if (field === 5) unit = message.text();
    else return false;
    return true;
  });
  if (name === '') throw new InconsistentFamilyError('a metric family has no name');
  message.meter.name(name.length);
  return { head: { name, ...(help !== undefined && { help }), type, ...(unit !== undefined && { unit }) }, places };
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
  { name, type, shared }: Pick<MetricFamily, 'name' | 'type'> & { readonly shared: LabelCache },
): Generator<undefined, Sample> {
  const labels: Label[] = [];
  const values: MetricValues = {};
  const histograms: ProtobufReader[] = [];
  let timestampMs: number | undefined;
  yield* message.fieldSteps((field, wireType) => {
    if (field === 6 && wireType === VARINT) timestampMs = message.int();
    else if (wireType !== LENGTH_DELIMITED) return false;
    else if (field === 1) labels.push(readSeriesLabel(message, { before: labels.length, name, shared }));
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
  // A list that grew has room for many more.
  return { labels: labels.slice(), ...(timestampMs !== undefined && { timestampMs }), ...value };
}

/** A label must have a name, whichever checks are switched on. */
function readSeriesLabel(
  message: ProtobufReader,
  { before, name, shared }: { before: number; name: string; shared: LabelCache },
): Label {
  message.meter.label(before);
  const label = readLabel(message.message());
  message.meter.name(label.name.length);
  if (label.name === '') {
    throw new InconsistentFamilyError(`collected metric ${goQuote(name)} has a label with an invalid name: `);
  }
  return shared.label(label.name, label.value);
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

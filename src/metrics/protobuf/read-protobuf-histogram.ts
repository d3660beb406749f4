import { goQuote } from '../../values/go/go-quote.js';
import type { Bucket, BucketSpan, Exemplar, HistogramSample, Instant, NativeBuckets } from '../metric-family.js';
import { FIXED64, LENGTH_DELIMITED, ProtobufParseError, type ProtobufReader, VARINT } from './protobuf-reader.js';
import { type Mutable, readExemplar, readInstant } from './read-protobuf-values.js';

/** One side of a native histogram, with its counts either as deltas or as plain counts. */
interface OpenBuckets {
  readonly spans: BucketSpan[];
  readonly deltas: number[];
  readonly counts: number[];
}

/** The fields of a `Histogram` message as read, before it is clear which of them count. */
class OpenHistogram {
  count = 0;
  floatCount: number | undefined;
  sum = 0;
  readonly buckets: Bucket[] = [];
  hasFloatBuckets = false;
  schema: number | undefined;
  zeroThreshold: number | undefined;
  zeroCount: number | undefined;
  floatZeroCount: number | undefined;
  readonly negative: OpenBuckets = { spans: [], deltas: [], counts: [] };
  readonly positive: OpenBuckets = { spans: [], deltas: [], counts: [] };
  created: Instant | undefined;
  readonly exemplars: Exemplar[] = [];
}

/**
 * Reads a `Histogram` of the family `name`, in steps. Throws ProtobufParseError if the counts do not match the spans:
 * Prometheus would reject such a histogram.
 */
export function* readHistogramSteps(message: ProtobufReader, name: string): Generator<undefined, HistogramSample> {
  const open = new OpenHistogram();
  yield* message.fieldSteps((field, wireType) => readHistogramField(open, message, { field, wireType }));
  return closeHistogram(open, name);
}

interface Tag {
  readonly field: number;
  readonly wireType: number;
}

function readHistogramField(open: OpenHistogram, message: ProtobufReader, tag: Tag): boolean {
  if (readNativeField(open, message, tag)) return true;
  const { field, wireType } = tag;
  if (field === 1 && wireType === VARINT) open.count = message.uint();
  else if (field === 2 && wireType === FIXED64) open.sum = message.double();
  else if (field === 4 && wireType === FIXED64) open.floatCount = message.double();
  else if (wireType !== LENGTH_DELIMITED) return false;
  else if (field === 3) addBucket(open, message.message());
  else if (field === 15) open.created = readInstant(message.message());
  else if (field === 16) open.exemplars.push(readExemplar(message.message()));
  else return false;
  return true;
}

function readNativeField(open: OpenHistogram, message: ProtobufReader, { field, wireType }: Tag): boolean {
  const side = field <= 11 ? open.negative : open.positive;
  if (field === 5 && wireType === VARINT) open.schema = message.sint();
  else if (field === 6 && wireType === FIXED64) open.zeroThreshold = message.double();
  else if (field === 7 && wireType === VARINT) open.zeroCount = message.uint();
  else if (field === 8 && wireType === FIXED64) open.floatZeroCount = message.double();
  else if ((field === 9 || field === 12) && wireType === LENGTH_DELIMITED) side.spans.push(readSpan(message.message()));
  else if (field === 10 || field === 13)
    return message.repeated(wireType, VARINT, (from) => {
      message.meter.series(1);
      side.deltas.push(from.sint());
    });
  else if (field === 11 || field === 14) {
    return message.repeated(wireType, FIXED64, (from) => {
      message.meter.series(1);
      side.counts.push(from.double());
    });
  } else return false;
  return true;
}

function addBucket(open: OpenHistogram, message: ProtobufReader): void {
  message.meter.series(1);
  const bucket: Mutable<Bucket> = { upperBound: 0, cumulativeCount: 0 };
  let floatCount: number | undefined;
  message.fields((field, wireType) => {
    if (field === 1 && wireType === VARINT) bucket.cumulativeCount = message.uint();
    else if (field === 2 && wireType === FIXED64) bucket.upperBound = message.double();
    else if (field === 3 && wireType === LENGTH_DELIMITED) bucket.exemplar = readExemplar(message.message());
    else if (field === 4 && wireType === FIXED64) floatCount = message.double();
    else return false;
    return true;
  });
  open.hasFloatBuckets ||= floatCount !== undefined;
  bucket.cumulativeCount = overriding(floatCount, bucket.cumulativeCount);
  open.buckets.push(bucket);
}

function readSpan(message: ProtobufReader): BucketSpan {
  message.meter.part();
  const span = { offset: 0, length: 0 };
  message.fields((field, wireType) => {
    if (wireType !== VARINT) return false;
    if (field === 1) span.offset = message.sint();
    else if (field === 2) span.length = message.uint();
    else return false;
    return true;
  });
  return span;
}

/** Floats override whole numbers if they are above zero (metrics.proto, "Overrides … if > 0"). */
function closeHistogram(open: OpenHistogram, name: string): HistogramSample {
  const isFloat =
    open.floatCount !== undefined ||
    open.floatZeroCount !== undefined ||
    open.hasFloatBuckets ||
    open.negative.counts.length + open.positive.counts.length > 0;
  const { negative, positive, exemplars, schema, zeroThreshold, zeroCount, floatZeroCount } = open;
  const isNative =
    [schema, zeroThreshold, zeroCount, floatZeroCount].some((part) => part !== undefined) ||
    negative.spans.length + positive.spans.length > 0;
  return {
    kind: 'histogram',
    buckets: open.buckets,
    sum: open.sum,
    count: overriding(open.floatCount, open.count),
    ...(isFloat && { floatCounts: true as const }),
    ...(isNative && {
      native: {
        schema: schema ?? 0,
        zeroThreshold: zeroThreshold ?? 0,
        zeroCount: overriding(floatZeroCount, zeroCount ?? 0),
        negative: closeBuckets(negative, name),
        positive: closeBuckets(positive, name),
        ...(exemplars.length > 0 && { exemplars }),
      },
    }),
    ...(open.created !== undefined && { created: open.created }),
  };
}

function overriding(float: number | undefined, whole: number): number {
  return float !== undefined && float > 0 ? float : whole;
}

function closeBuckets({ spans, deltas, counts }: OpenBuckets, name: string): NativeBuckets {
  let count = 0;
  const closed = counts.length > 0 ? counts : deltas.map((delta) => (count += delta));
  const places = spans.reduce((sum, { length }) => sum + length, 0);
  if (places !== closed.length) {
    throw new ProtobufParseError(
      `native histogram ${goQuote(name)} has spans for ${places} buckets, but ${closed.length} counts`,
    );
  }
  return { spans, counts: closed };
}

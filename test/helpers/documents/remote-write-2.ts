import { ParseMeter, UNLIMITED } from '../../../src/metrics/parse-limits.js';
import { FIXED64, LENGTH_DELIMITED, ProtobufReader, VARINT } from '../../../src/metrics/protobuf/protobuf-reader.js';

/** A native histogram as tests look at it. */
export interface ReadHistogram {
  count: number;
  sum: number;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  timestampMs: number;
  readonly spans: { readonly offset: number; readonly length: number }[];
  readonly deltas: number[];
}

/** A series of a request, with references resolved. */
export interface ReadSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly value: number; readonly timestampMs: number }[];
  readonly histograms: readonly ReadHistogram[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

/** An `io.prometheus.write.v2.Request`. */
export interface ReadRequest {
  readonly symbols: readonly string[];
  readonly series: readonly ReadSeries[];
}

/**
 * Reads a request of remote write 2.0. Throws an Error for fields that are none of those that Prometheus 3.5 and later
 * ones have in common, and for references to symbols that are not there.
 */
export function readRemoteWrite2(bytes: Buffer): ReadRequest {
  const symbols: string[] = [];
  const series: ReadSeries[] = [];
  readFields(ProtobufReader.over(bytes, new ParseMeter(UNLIMITED)), {
    [`4 ${LENGTH_DELIMITED}`]: (from) => symbols.push(from.text()),
    [`5 ${LENGTH_DELIMITED}`]: (from) => series.push(readSeries(from.message(), symbols)),
  });
  return { symbols, series };
}

/** What reads a field, by its number and wire type. */
type Fields = Readonly<Record<string, (from: ProtobufReader) => unknown>>;

function readFields(message: ProtobufReader, fields: Fields): void {
  message.fields((field, wireType) => {
    const read = fields[`${field} ${wireType}`];
    if (read === undefined) throw new Error(`field ${field} of wire type ${wireType}`);
    read(message);
    return true;
  });
}

function readSeries(message: ProtobufReader, symbols: readonly string[]): ReadSeries {
  const texts: string[] = [];
  const samples: { value: number; timestampMs: number }[] = [];
  const histograms: ReadHistogram[] = [];
  let metadata: ReadSeries['metadata'];
  const symbol = (from: ProtobufReader): string => {
    const text = symbols[from.uint()];
    if (text === undefined) throw new Error('a reference to no symbol');
    return text;
  };
  readFields(message, {
    [`1 ${LENGTH_DELIMITED}`]: (from) => {
      for (const packed = from.message(); !packed.isAtEnd;) texts.push(symbol(packed));
    },
    [`2 ${LENGTH_DELIMITED}`]: (from) => {
      const sample = { value: NaN, timestampMs: NaN };
      readFields(from.message(), {
        [`1 ${FIXED64}`]: (value) => (sample.value = value.double()),
        [`2 ${VARINT}`]: (value) => (sample.timestampMs = value.int()),
      });
      samples.push(sample);
    },
    [`3 ${LENGTH_DELIMITED}`]: (from) => histograms.push(readHistogram(from.message())),
    [`5 ${LENGTH_DELIMITED}`]: (from) => {
      const told = { type: 0, help: '', unit: '' };
      readFields(from.message(), {
        [`1 ${VARINT}`]: (value) => (told.type = value.uint()),
        [`3 ${VARINT}`]: (value) => (told.help = symbol(value)),
        [`4 ${VARINT}`]: (value) => (told.unit = symbol(value)),
      });
      metadata = told;
    },
  });
  const labels = texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : []));
  return { labels: Object.fromEntries(labels), samples, histograms, ...(metadata && { metadata }) };
}

function readHistogram(message: ProtobufReader): ReadHistogram {
  const read: ReadHistogram = {
    ...{ count: NaN, sum: NaN, schema: NaN, zeroThreshold: NaN, zeroCount: NaN, timestampMs: NaN },
    ...{ spans: [], deltas: [] },
  };
  readFields(message, {
    [`1 ${VARINT}`]: (from) => (read.count = from.uint()),
    [`3 ${FIXED64}`]: (from) => (read.sum = from.double()),
    [`4 ${VARINT}`]: (from) => (read.schema = from.sint()),
    [`5 ${FIXED64}`]: (from) => (read.zeroThreshold = from.double()),
    [`6 ${VARINT}`]: (from) => (read.zeroCount = from.uint()),
    [`11 ${LENGTH_DELIMITED}`]: (from) => {
      const span = { offset: NaN, length: NaN };
      readFields(from.message(), {
        [`1 ${VARINT}`]: (value) => (span.offset = value.sint()),
        [`2 ${VARINT}`]: (value) => (span.length = value.uint()),
      });
      read.spans.push(span);
    },
    [`12 ${VARINT}`]: (from) => read.deltas.push(from.sint()),
    [`15 ${VARINT}`]: (from) => (read.timestampMs = from.int()),
  });
  return read;
}

import type { MetricType } from './metric-definition.js';

/** A label of a series. Each label name occurs once in a series. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** A point in time since 1970 in UTC, in the shape of `google.protobuf.Timestamp`. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/**
 * An example of an observation, with labels such as the id of the trace that it belongs to. Only protobuf carries it.
 */
export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestamp?: Instant;
}

/** A cumulative bucket: the number of observations of at most `upperBound` (+Inf for the last bucket). */
export interface Bucket {
  readonly upperBound: number;
  readonly cumulativeCount: number;
  readonly exemplar?: Exemplar;
}

/**
 * A quantile of a summary: `quantile` from 0 to 1, and the value that this part of the observations does not exceed.
 */
export interface Quantile {
  readonly quantile: number;
  readonly value: number;
}

/**
 * A run of `length` consecutive buckets. It begins `offset` buckets after the end of the span before (the first: after
 * bucket 0).
 */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** The populated buckets on one side of zero. `counts` has one entry for each bucket of the spans. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  /** Each bucket's own count. Protobuf writes deltas; they are resolved while it is read. */
  readonly counts: readonly number[];
}

/** The sparse buckets of a native histogram. Their bounds are powers of 2^(2^-schema) (client_model, metrics.proto). */
export interface NativeHistogram {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negative: NativeBuckets;
  readonly positive: NativeBuckets;
  readonly exemplars?: readonly Exemplar[];
}

/** The value of a counter, a gauge or an untyped metric. */
export interface ValueSample {
  readonly kind: 'value';
  readonly value: number;
  /** The exemplar, which only counters have. */
  readonly exemplar?: Exemplar;
  /** When the counter was zero. Only counters have it, and only protobuf carries it, as in the samples below. */
  readonly created?: Instant;
}

/**
 * A classic histogram, a native one, or both in one. `buckets` are the classic ones; the bucket of +Inf may be missing.
 */
export interface HistogramSample {
  readonly kind: 'histogram';
  readonly buckets: readonly Bucket[];
  readonly sum: number;
  readonly count: number;
  /** Counts may be fractions; protobuf then writes them as doubles. */
  readonly floatCounts?: true;
  readonly native?: NativeHistogram;
  readonly created?: Instant;
}

/** A summary: its quantiles, the sum of all observations and their number. */
export interface SummarySample {
  readonly kind: 'summary';
  readonly quantiles: readonly Quantile[];
  readonly sum: number;
  readonly count: number;
  readonly created?: Instant;
}

/**
 * One series of a family at one point in time. `timestampMs` is only there if the source gave one.
 * Counts are uint64 in protobuf and floats in text. Here they are numbers: exact to 2^53 and rounded beyond, as every
 * scrape rounds them.
 */
export type Sample = {
  readonly labels: readonly Label[];
  readonly timestampMs?: number;
} & (ValueSample | HistogramSample | SummarySample);

/**
 * All series of one metric name. The samples are `histogram` where the type is histogram or gauge_histogram, `summary`
 * where it is summary, and else `value`.
 * Without `help` no HELP line is written; an empty `help` gives an empty HELP line.
 */
export interface MetricFamily {
  readonly name: string;
  readonly help?: string;
  readonly type: MetricType;
  /** The unit of the metric. Only protobuf carries it. */
  readonly unit?: string;
  readonly samples: readonly Sample[];
}

/** Gives the current metrics of one source for a scrape. */
export type Gatherer = () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;

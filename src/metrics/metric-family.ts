import type { MetricType } from './metric-definition.js';

/** A label of one series; a name occurs once a series. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** A moment as `google.protobuf.Timestamp` has it, since 1970. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** One observation as an example, such as the trace that it belongs to. Only protobuf carries it. */
export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestamp?: Instant;
}

/** One cumulative bucket: how many observations were at most `upperBound` (+Inf for the last). */
export interface Bucket {
  readonly upperBound: number;
  readonly cumulativeCount: number;
  readonly exemplar?: Exemplar;
}

export interface Quantile {
  readonly quantile: number;
  readonly value: number;
}

/** So many consecutive buckets, `offset` after the end of the span before (after bucket 0, for the first). */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** The populated buckets on one side of zero: `counts` has one entry for each bucket of the spans. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  /** In each bucket, for itself alone: deltas exist in protobuf only. */
  readonly counts: readonly number[];
}

/** The sparse buckets of a native histogram; bounds are powers of 2^(2^-schema) (client_model, metrics.proto). */
export interface NativeHistogram {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negative: NativeBuckets;
  readonly positive: NativeBuckets;
  readonly exemplars?: readonly Exemplar[];
}

export interface ValueSample {
  readonly kind: 'value';
  readonly value: number;
  /** Counters only. */
  readonly exemplar?: Exemplar;
  /** Counters only: when it was zero. Only protobuf carries it, here and below. */
  readonly created?: Instant;
}

/** A classic histogram, a native one, or both in one. `buckets` are the classic ones; +Inf may be missing. */
export interface HistogramSample {
  readonly kind: 'histogram';
  readonly buckets: readonly Bucket[];
  readonly sum: number;
  readonly count: number;
  /** Counts may be fractions; in protobuf they are doubles. */
  readonly floatCounts?: true;
  readonly native?: NativeHistogram;
  readonly created?: Instant;
}

export interface SummarySample {
  readonly kind: 'summary';
  readonly quantiles: readonly Quantile[];
  readonly sum: number;
  readonly count: number;
  readonly created?: Instant;
}

/**
 * One series of a family at one moment. `timestampMs` is only there if the source gave one.
 * Counts are uint64 in protobuf and floats in text; here they are numbers, exact to 2^53 and rounded beyond, as every scrape rounds them.
 */
export type Sample = {
  readonly labels: readonly Label[];
  readonly timestampMs?: number;
} & (ValueSample | HistogramSample | SummarySample);

/**
 * All series of one metric name: `histogram` samples where the type is histogram or gauge_histogram, `summary` where it is summary, else `value`.
 * An absent help is written without a HELP line; an empty one with an empty line.
 */
export interface MetricFamily {
  readonly name: string;
  readonly help?: string;
  readonly type: MetricType;
  /** Only protobuf carries it. */
  readonly unit?: string;
  readonly samples: readonly Sample[];
}

/** Whoever has metrics to show gives them when asked. */
export type Gatherer = () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;

import type { MetricType } from './metric-definition.js';

/** A label of one series; a name occurs once a series. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** One cumulative bucket: how many observations were at most `upperBound` (+Inf for the last). */
export interface Bucket {
  readonly upperBound: number;
  readonly cumulativeCount: number;
}

export interface Quantile {
  readonly quantile: number;
  readonly value: number;
}

/** One series of a family at one moment. `timestampMs` is only there if the source gave one. */
export type Sample = {
  readonly labels: readonly Label[];
  readonly timestampMs?: number;
} & (
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'histogram'; readonly buckets: readonly Bucket[]; readonly sum: number; readonly count: number }
  | { readonly kind: 'summary'; readonly quantiles: readonly Quantile[]; readonly sum: number; readonly count: number }
);

/** All series of one metric name. An absent help is written without a HELP line; an empty one with an empty line. */
export interface MetricFamily {
  readonly name: string;
  readonly help?: string;
  readonly type: MetricType;
  readonly samples: readonly Sample[];
}

/** Whoever has metrics to show gives them when asked. */
export type Gatherer = () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;

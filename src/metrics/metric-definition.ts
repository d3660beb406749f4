/** The metric types of Prometheus' exposition formats. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'gauge_histogram' | 'summary' | 'untyped';

/** The definition of a metric, declared once as a constant beside the code that sets it. `L` are its label names. */
export interface MetricDefinition<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** The label names sorted by name, as the exposition writes them. */
  readonly labelNames: readonly L[];
}

/** Declares a gauge. With label names, every `set` must give a value for each of them. */
export function gauge(name: string, help: string): MetricDefinition<never>;
export function gauge<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L>;
export function gauge(name: string, help: string, labelNames: readonly string[] = []): MetricDefinition {
  return { name, help, type: 'gauge', labelNames: [...labelNames].sort() };
}

/** Declares a counter. With label names, every change must give a value for each of them. */
export function counter(name: string, help: string): MetricDefinition<never>;
export function counter<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L>;
export function counter(name: string, help: string, labelNames: readonly string[] = []): MetricDefinition {
  return { name, help, type: 'counter', labelNames: [...labelNames].sort() };
}

/**
 * Declares a metric whose type upstream leaves open. With label names, every `set` must give a value for each of them.
 */
export function untyped(name: string, help: string): MetricDefinition<never>;
export function untyped<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L>;
export function untyped(name: string, help: string, labelNames: readonly string[] = []): MetricDefinition {
  return { name, help, type: 'untyped', labelNames: [...labelNames].sort() };
}

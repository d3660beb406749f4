/** The types that Prometheus' exposition formats know and that Sonde writes. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'gauge_histogram' | 'summary' | 'untyped';

/** What a metric is, declared once as a constant beside the code that sets it. `L` are its label names. */
export interface MetricDefinition<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** Sorted by name, as the exposition writes them. */
  readonly labelNames: readonly L[];
}

/** Declares a gauge; with label names, every `set` must give each of them a value. */
export function gauge(name: string, help: string): MetricDefinition<never>;
export function gauge<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L>;
export function gauge(name: string, help: string, labelNames: readonly string[] = []): MetricDefinition {
  return { name, help, type: 'gauge', labelNames: [...labelNames].sort() };
}

/** Declares a counter; with label names, every change must give each of them a value. */
export function counter(name: string, help: string): MetricDefinition<never>;
export function counter<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L>;
export function counter(name: string, help: string, labelNames: readonly string[] = []): MetricDefinition {
  return { name, help, type: 'counter', labelNames: [...labelNames].sort() };
}

/** Declares a metric whose type upstream leaves open; with label names, every `set` must give each of them a value. */
export function untyped(name: string, help: string): MetricDefinition<never>;
export function untyped<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L>;
export function untyped(name: string, help: string, labelNames: readonly string[] = []): MetricDefinition {
  return { name, help, type: 'untyped', labelNames: [...labelNames].sort() };
}

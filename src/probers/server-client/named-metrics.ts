import { counter, gauge, type MetricDefinition, untyped } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { remembered } from '../../values/remembered.js';

/** The longest name that a server's own name gives a metric, in characters. */
const LONGEST_NAME = 200;

/** The naming of metrics whose names a server gives. */
export interface Naming {
  /** The beginning of the metrics' names, with the underscore. */
  readonly prefix: string;
  readonly type: 'counter' | 'gauge' | 'untyped';
  readonly labels?: readonly string[];
}

/** The most metrics of one naming that are known from one scrape to the next; if there were more, all are forgotten. */
const MOST_KNOWN = 4096;
/** Key: the naming, then the name. */
const known = new Map<string, Map<string, MetricDefinition>>();

function knownOf({ prefix, type, labels = [] }: Naming): Map<string, MetricDefinition> {
  const naming = [type, prefix, ...labels].join(' ');
  const declared = known.get(naming) ?? new Map<string, MetricDefinition>();
  known.set(naming, declared);
  if (declared.size > MOST_KNOWN) declared.clear();
  return declared;
}

/** Metrics whose names a server gives: each name is declared once, and not with each scrape. */
export class NamedMetrics {
  readonly #metrics: MetricSet;
  readonly #naming: Naming;
  readonly #declared: Map<string, MetricDefinition>;

  /** The namings are those of the code; a server gives the names alone. */
  constructor(metrics: MetricSet, naming: Naming) {
    this.#metrics = metrics;
    this.#naming = naming;
    this.#declared = knownOf(naming);
  }

  /** Sets a value; one whose name is too long for a metric is left out. */
  set(name: string, { value, help, labels = {} }: NamedValue): void {
    if (name.length > LONGEST_NAME) return;
    this.#metrics.setWith(this.#metric(name, help), labels, value);
  }

  #metric(name: string, help: string): MetricDefinition {
    const declared = this.#declared.get(name);
    if (declared?.help === help) return declared;
    const metric = this.#declare(name, help);
    this.#declared.set(name, metric);
    return metric;
  }

  #declare(name: string, help: string): MetricDefinition {
    const { prefix, type, labels = [] } = this.#naming;
    return { counter, gauge, untyped }[type](prefix + name, help, labels);
  }
}

/** A value of a metric whose name a server gives. */
export interface NamedValue {
  readonly value: number;
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const NO_NAME = /[^a-zA-Z0-9_]/g;
const rememberedName = remembered((text: string) => text.replace(NO_NAME, '_').toLowerCase());

/**
 * Turns a name into a part of a metric's name: in small letters, with an underscore for every character that is not
 * allowed. A name that is too long for a metric stays too long.
 */
export function metricName(text: string): string {
  return text.length > LONGEST_NAME ? text.slice(0, LONGEST_NAME + 1) : rememberedName(text);
}

import type { MetricDefinition } from '../../../metrics/metric-definition.js';
import { MetricSet } from '../../../metrics/metric-set.js';
import { earliestCertificateExpiry } from '../../../probe/certificate-expiry.js';
import { ProbeFailure } from '../../../probe/failure.js';
import { measurementUncertainty, type ProbeOutcome } from '../../../probe/run-probe.js';
import type { PackedDefinition, PackedOutcome } from './worker-messages.js';

/** Makes messages of outcomes; each definition of a metric is sent once. */
export class OutcomePacker {
  readonly #ids = new Map<MetricDefinition, number>();

  pack({ metrics, log, durationSeconds, failure, trace, phases }: ProbeOutcome): PackedOutcome {
    const { rows, added: families } = metrics;
    const definitions: PackedDefinition[] = [];
    const series = {
      metrics: rows.map(({ metric }) => this.#idOf(metric, definitions)),
      labels: rows.map(({ labelValues }) => labelValues),
      values: rows.map(({ value }) => value),
    };
    const packed = { definitions, ...series, families, log, durationSeconds, ...(phases && { phases }) };
    if (failure === undefined) return { ...packed, ...(trace && { trace }) };
    const { phase, reason, message, fields } = failure;
    return { ...packed, failure: { phase, reason, message, fields }, ...(trace && { trace }) };
  }

  #idOf(metric: MetricDefinition, added: PackedDefinition[]): number {
    const known = this.#ids.get(metric);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(metric, id);
    const { name, help, type, labelNames } = metric;
    added.push({ id, name, help, type, labelNames });
    return id;
  }
}

type Series = Pick<PackedOutcome, 'metrics' | 'labels' | 'values' | 'families'>;

/** The metrics that somebody looks up by their definition once the probe has ended. */
const LOOKED_UP: readonly MetricDefinition[] = [earliestCertificateExpiry, measurementUncertainty];

/** Makes outcomes of the messages of one worker. */
export class OutcomeReader {
  readonly #definitions = new Map<number, MetricDefinition>();

  read({ definitions, log, durationSeconds, failure, trace, phases, ...series }: PackedOutcome): ProbeOutcome {
    for (const { id, ...definition } of definitions) {
      const own = LOOKED_UP.find(({ name }) => name === definition.name);
      this.#definitions.set(id, own ?? definition);
    }
    const told = { ...(trace && { trace }), ...(phases && { phases }) };
    const outcome = { metrics: this.#metricsOf(series), log, durationSeconds, ...told };
    if (failure === undefined) return outcome;
    const { phase, reason, message, fields } = failure;
    return { ...outcome, failure: new ProbeFailure(phase, reason, message, fields) };
  }

  #metricsOf({ metrics, labels, values, families }: Series): MetricSet {
    const set = new MetricSet();
    for (const [index, id] of metrics.entries()) {
      const definition = this.#definitions.get(id);
      if (definition !== undefined) set.append(definition, labels[index] ?? [], values[index] ?? NaN);
    }
    for (const family of families) set.add(family);
    return set;
  }
}

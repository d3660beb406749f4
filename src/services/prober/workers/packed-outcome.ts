import type { MetricDefinition } from '../../../metrics/metric-definition.js';
import { MetricSet } from '../../../metrics/metric-set.js';
import { earliestCertificateExpiry } from '../../../probe/certificate-expiry.js';
import { failedPhaseDuration, ProbeFailure, probeFailureInfo } from '../../../probe/failure.js';
import { measurementUncertainty, type ProbeOutcome, probeSuccess } from '../../../probe/run-probe.js';
import type { PackedDefinition, PackedOutcome, PackedSeries } from './worker-messages.js';

/** The most series of one part, and about the most characters of their labels: each is packed and read in one go. */
const MOST_SERIES = 1000;
const MOST_CHARACTERS = 64 * 1024;

/** Makes messages of outcomes; each definition of a metric is sent once, so they are to be sent as they are made. */
export class OutcomePacker {
  readonly #ids = new Map<MetricDefinition, number>();

  /** Yields parts of the series where there are many, and returns the rest. */
  *pack({
    metrics,
    log,
    durationSeconds,
    failure,
    trace,
    phases,
  }: ProbeOutcome): Generator<PackedSeries, PackedOutcome> {
    const { rows, added: families } = metrics;
    let part = emptyPart();
    let characters = 0;
    for (const { metric, labelValues, value } of rows) {
      if (part.values.length >= MOST_SERIES || characters >= MOST_CHARACTERS) {
        yield part;
        [part, characters] = [emptyPart(), 0];
      }
      part.metrics.push(this.#idOf(metric, part.definitions));
      part.labels.push(labelValues);
      part.values.push(value);
      for (const text of labelValues) characters += text.length;
    }
    const packed = { ...part, families, log, durationSeconds, ...(phases && { phases }) };
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

interface Part extends PackedSeries {
  readonly definitions: PackedDefinition[];
  readonly metrics: number[];
  readonly labels: (readonly string[])[];
  readonly values: number[];
}

function emptyPart(): Part {
  return { definitions: [], metrics: [], labels: [], values: [] };
}

/** The metrics that somebody looks up, or sets again, by their definition once the probe has ended. */
const LOOKED_UP: readonly MetricDefinition[] = [
  ...[earliestCertificateExpiry, measurementUncertainty],
  ...[probeSuccess, probeFailureInfo, failedPhaseDuration],
];

/** Makes outcomes of the messages of one worker. */
export class OutcomeReader {
  readonly #definitions = new Map<number, MetricDefinition>();

  /** Reads the last message of a probe; `metrics` has the parts before it. */
  read(
    { families, log, durationSeconds, failure, trace, phases, ...series }: PackedOutcome,
    metrics = new MetricSet(),
  ): ProbeOutcome {
    this.readPart(series, metrics);
    for (const family of families) metrics.add(family);
    const told = { ...(trace && { trace }), ...(phases && { phases }) };
    const outcome = { metrics, log, durationSeconds, ...told };
    if (failure === undefined) return outcome;
    const { phase, reason, message, fields } = failure;
    return { ...outcome, failure: new ProbeFailure(phase, reason, message, fields) };
  }

  /** Adds a part of the series of a probe to its metrics. */
  readPart({ definitions, metrics: ids, labels, values }: PackedSeries, metrics: MetricSet): void {
    for (const { id, ...definition } of definitions) {
      const own = LOOKED_UP.find(({ name }) => name === definition.name);
      this.#definitions.set(id, own ?? definition);
    }
    for (const [index, id] of ids.entries()) {
      const definition = this.#definitions.get(id);
      if (definition !== undefined) metrics.append(definition, labels[index] ?? [], values[index] ?? NaN);
    }
  }
}

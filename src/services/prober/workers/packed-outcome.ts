import type { MetricDefinition } from '../../../metrics/metric-definition.js';
import { MetricSet } from '../../../metrics/metric-set.js';
import { ProbeFailure } from '../../../probe/failure.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import { DefinitionNumbers, definitionOf } from './sent-definitions.js';
import type { PackedDefinition, PackedOutcome, PackedSeries } from './worker-messages.js';

/** The most series of one part, and about the most characters of their labels: each is packed and read in one go. */
const MOST_SERIES = 1000;
const MOST_CHARACTERS = 64 * 1024;

/** Makes messages of outcomes; each definition of a metric is sent once, so they are to be sent as they are made. */
export class OutcomePacker {
  readonly #numbers = new DefinitionNumbers();

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
    let part = this.#newPart();
    let characters = 0;
    for (const { metric, labelValues, value } of rows) {
      if (part.values.length >= MOST_SERIES || characters >= MOST_CHARACTERS) {
        yield part;
        [part, characters] = [this.#newPart(), 0];
      }
      part.metrics.push(this.#numbers.of(metric, part.definitions));
      part.labels.push(labelValues);
      part.values.push(value);
      for (const text of labelValues) characters += text.length;
    }
    const packed = { ...part, families, log, durationSeconds, ...(phases && { phases }) };
    if (failure === undefined) return { ...packed, ...(trace && { trace }) };
    const { phase, reason, message, fields } = failure;
    return { ...packed, failure: { phase, reason, message, fields }, ...(trace && { trace }) };
  }

  #newPart(): Part {
    return {
      ...(this.#numbers.forgetIfMany() && { startsAnew: true }),
      ...{ definitions: [], metrics: [], labels: [], values: [] },
    };
  }
}

interface Part extends PackedSeries {
  readonly definitions: PackedDefinition[];
  readonly metrics: number[];
  readonly labels: (readonly string[])[];
  readonly values: number[];
}

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
  readPart({ startsAnew, definitions, metrics: ids, labels, values }: PackedSeries, metrics: MetricSet): void {
    if (startsAnew === true) this.#definitions.clear();
    for (const { id, text } of definitions) this.#definitions.set(id, definitionOf(text));
    for (const [index, id] of ids.entries()) {
      const definition = this.#definitions.get(id);
      if (definition !== undefined) metrics.append(definition, labels[index] ?? [], values[index] ?? NaN);
    }
  }
}

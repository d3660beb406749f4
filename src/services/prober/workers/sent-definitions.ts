import type { MetricDefinition } from '../../../metrics/metric-definition.js';
import { earliestCertificateExpiry } from '../../../probe/certificate-expiry.js';
import { failedPhaseDuration, probeFailureInfo } from '../../../probe/failure.js';
import { measurementUncertainty, probeSuccess } from '../../../probe/run-probe.js';
import { LONGEST_KEY, mapKey } from '../../../values/codec/map-key.js';
import { remembered } from '../../../values/remembered.js';
import type { PackedDefinition } from './worker-messages.js';

/** The most definitions that a worker has numbers for, and about the most characters of their names and help texts. */
const MOST_DEFINITIONS = 10_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

/**
 * The numbers by which a worker names definitions. Probes make definitions, too, for each filled module and for names
 * that a server has chosen: equal ones have one number, and if there are too many, all are forgotten.
 */
export class DefinitionNumbers {
  #ofObjects = new WeakMap<MetricDefinition, number>();
  readonly #ofTexts = new Map<string, number>();
  #characters = 0;
  /** Numbers are not used twice. */
  #last = 0;

  /** Forgets all if there are too many, and returns whether it did. It is to be called before each part. */
  forgetIfMany(): boolean {
    if (this.#ofTexts.size < MOST_DEFINITIONS && this.#characters < MOST_CHARACTERS) return false;
    this.#ofObjects = new WeakMap();
    this.#ofTexts.clear();
    this.#characters = 0;
    return true;
  }

  /** The number of a definition, which is put into `added` if it has not been sent yet. */
  of(metric: MetricDefinition, added: PackedDefinition[]): number {
    const known = this.#ofObjects.get(metric);
    if (known !== undefined) return known;
    const text = textOf(metric);
    const key = mapKey(text);
    let id = this.#ofTexts.get(key);
    if (id === undefined) {
      id = ++this.#last;
      this.#ofTexts.set(key, id);
      this.#characters += text.length;
      added.push({ id, text });
    }
    this.#ofObjects.set(metric, id);
    return id;
  }
}

/** The definition of a text: the same object for all workers, so that results of the schedule share their lists. */
export function definitionOf(text: string): MetricDefinition {
  return text.length > LONGEST_KEY ? parsed(text) : (lookedUp.get(text) ?? remade(text));
}

function textOf({ name, help, type, labelNames }: MetricDefinition): string {
  return JSON.stringify({ name, help, type, labelNames });
}

function parsed(text: string): MetricDefinition {
  // One of our own workers has written it.
  return JSON.parse(text) as MetricDefinition;
}

const remade = remembered(parsed, MOST_DEFINITIONS);

/** The metrics that somebody looks up, or sets again, by their definition once the probe has ended. */
const lookedUp: ReadonlyMap<string, MetricDefinition> = new Map(
  [earliestCertificateExpiry, measurementUncertainty, probeSuccess, probeFailureInfo, failedPhaseDuration].map(
    (metric: MetricDefinition) => [textOf(metric), metric],
  ),
);

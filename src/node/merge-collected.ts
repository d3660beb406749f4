import type { MetricDefinition } from '../metrics/metric-definition.js';
import type { Label, MetricFamily, Sample } from '../metrics/metric-family.js';
import { sortSteps } from '../metrics/sort-steps.js';
import { suffixCollisions } from '../metrics/suffix-collisions.js';
import { mapKey } from '../values/codec/map-key.js';
import { atOnce } from '../values/in-slices.js';
import type { CollectedMetrics, CollectedSeries } from './metric-sink.js';

/** The metrics of all collectors, and what is wrong with them. */
export interface MergedMetrics {
  /** The families in the order of their names, with their series in the order of the label values. */
  readonly families: readonly MetricFamily[];
  /** What was left out and why, one sentence each. */
  readonly problems: readonly string[];
}

/** Labels gone through between two moments at which others may have their turn. */
const LABELS_A_STEP = 512;

/** A family while it is being merged. */
interface OpenFamily {
  readonly name: string;
  readonly help?: string;
  readonly type: MetricFamily['type'];
  readonly samples: Sample[];
}

/**
 * Puts together what the collectors gave. Of series that were given twice the first stays; a family that another
 * collector gave with another type or help stays as the first gave it, and so does one whose series have the names of a
 * histogram's or summary's. All are problems, and no reason to go without the rest.
 */
export function* mergeSteps(collected: readonly CollectedMetrics[]): Generator<undefined, MergedMetrics> {
  const open = new Map<string, OpenFamily>();
  const problems: string[] = [];
  for (const { series, families } of collected) {
    for (const [metric, rows] of series) {
      const samples = openFor(open, metric, problems)?.samples;
      for (const row of rows) samples?.push(sampleOf(metric, row));
      yield;
    }
    for (const family of families) {
      const samples = openFor(open, family, problems)?.samples;
      // One by one: as many arguments of one call would overflow the stack.
      for (const sample of family.samples) samples?.push(sample);
      yield;
    }
  }
  const sorted = yield* sortSteps(
    [...open.values()].filter(({ samples }) => samples.length > 0),
    byName,
  );
  const finished: MetricFamily[] = [];
  for (const family of sorted) finished.push(yield* finish(family, problems));
  return { families: finished, problems };
}

/** Merges in one go. */
export function mergeCollected(collected: readonly CollectedMetrics[]): MergedMetrics {
  return atOnce(mergeSteps(collected));
}

function openFor(
  open: Map<string, OpenFamily>,
  { name, help, type }: Pick<MetricFamily, 'name' | 'help' | 'type'>,
  problems: string[],
): OpenFamily | undefined {
  const known = open.get(name);
  if (known === undefined) {
    const [collision] = suffixCollisions({ name, type }, (other) => typesOf(open, other));
    if (collision !== undefined) {
      problems.push(collision.problem);
      return undefined;
    }
    const family = { name, ...(help !== undefined && { help }), type, samples: [] };
    open.set(name, family);
    return family;
  }
  if (known.type !== type) {
    problems.push(`collected metric ${name} has type ${type} but was collected before as ${known.type}`);
    return undefined;
  }
  if (known.help !== help) {
    problems.push(
      `collected metric ${name} has help ${JSON.stringify(help ?? '')} but should have ${JSON.stringify(known.help ?? '')}`,
    );
    return undefined;
  }
  return known;
}

function typesOf(open: ReadonlyMap<string, OpenFamily>, name: string): readonly MetricFamily['type'][] {
  const known = open.get(name);
  return known === undefined ? [] : [known.type];
}

function sampleOf({ labelNames }: MetricDefinition, { labelValues, value }: CollectedSeries): Sample {
  return { kind: 'value', labels: labelNames.map((name, index) => ({ name, value: labelValues[index] ?? '' })), value };
}

function* finish(family: OpenFamily, problems: string[]): Generator<undefined, MetricFamily> {
  const { samples } = family;
  if (samples.length === 1) return family;
  const seen = new Set<string>();
  const kept: Sample[] = [];
  let work = 0;
  for (const sample of samples) {
    work += 1 + sample.labels.length;
    if (work > LABELS_A_STEP) {
      yield;
      work = 0;
    }
    const text = keyOf(sample);
    const key = mapKey(text);
    if (seen.has(key))
      problems.push(
        `collected metric "${family.name}" {${text}} was collected before with the same name and label values`,
      );
    else kept.push(sample);
    seen.add(key);
  }
  return { ...family, samples: yield* sortSteps(kept, byLabels) };
}

function keyOf({ labels }: Sample): string {
  return labels.map(({ name, value }) => `${name}:${JSON.stringify(value)}`).join(' ');
}

function byName(a: OpenFamily, b: OpenFamily): number {
  return a.name < b.name ? -1 : 1;
}

/** The order of client_golang: fewer labels first, then by the values in the order of the names. */
function byLabels(a: Sample, b: Sample): number {
  if (a.labels.length !== b.labels.length) return a.labels.length - b.labels.length;
  for (const [index, label] of a.labels.entries()) {
    const order = compareValues(label, b.labels[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues({ value }: Label, other: Label | undefined): number {
  const otherValue = other?.value ?? '';
  if (value === otherValue) return 0;
  return value < otherValue ? -1 : 1;
}

import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { suffixCollisions } from '../metrics/suffix-collisions.js';
import { mapKey } from '../values/codec/map-key.js';
import { atOnce } from '../values/in-slices.js';
import { sortedInSteps } from '../values/lists/sorted-in-steps.js';
import type { CollectedMetrics } from './metric-sink.js';

/** The metrics of all collectors, and what is wrong with them. */
export interface MergedMetrics {
  /** The families in the order of their names, with their series in the order of the label values. */
  readonly families: readonly MetricFamily[];
  /** Metrics that were left out, with the reason; one sentence each. */
  readonly problems: readonly string[];
}

/** Labels that are processed before the caller may yield to the event loop. */
const LABELS_A_STEP = 512;

/** So many characters take as long as a label. */
const CHARACTERS_A_LABEL = 64;

/** The most series that are sorted in one go. */
const FEW = 32;

/** A family while it is being merged. */
interface OpenFamily {
  readonly name: string;
  readonly help?: string;
  readonly type: MetricFamily['type'];
  readonly samples: Sample[];
}

/**
 * Merges the metrics of all collectors. The first occurrence wins: a repeated series is dropped, and so is a family
 * that another collector reported with another type or help, or whose series have the names of a histogram or summary.
 * Each is reported as a problem, and the rest is kept.
 */
export function* mergeSteps(collected: readonly CollectedMetrics[]): Generator<undefined, MergedMetrics> {
  const open = new Map<string, OpenFamily>();
  const problems: string[] = [];
  for (const { series, families } of collected) {
    for (const [metric, rows] of series) {
      const samples = openFor(open, metric, problems)?.samples;
      for (const row of rows) samples?.push(row);
      yield;
    }
    for (const family of families) {
      const samples = openFor(open, family, problems)?.samples;
      // One by one: as many arguments of one call would overflow the stack.
      for (const sample of family.samples) samples?.push(sample);
      yield;
    }
  }
  const sorted = yield* sortedInSteps(
    [...open.values()].filter(({ samples }) => samples.length > 0),
    byName,
  );
  const finished: MetricFamily[] = [];
  for (const family of sorted) finished.push(family.samples.length === 1 ? family : yield* finish(family, problems));
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
    const family: OpenFamily = help === undefined ? { name, type, samples: [] } : { name, help, type, samples: [] };
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

/** Sorts the series, so that those with the same labels stand together, and keeps the first: the sort is stable. */
function* finish(family: OpenFamily, problems: string[]): Generator<undefined, MetricFamily> {
  const { samples } = family;
  const sorted = samples.length <= FEW ? [...samples].sort(byLabels) : yield* sortedInSteps(samples, byLabels);
  const kept: Sample[] = [];
  let work = 0;
  let from = 0;
  for (const [at, sample] of sorted.entries()) {
    work += 1 + sample.labels.length;
    if (work > LABELS_A_STEP) {
      yield;
      work = 0;
    }
    const next = sorted[at + 1];
    if (next !== undefined && byLabels(sample, next) === 0) continue;
    if (from === at) kept.push(sample);
    else for (const key of yield* keepFirst(sorted.slice(from, at + 1), kept)) problems.push(repeats(family, key));
    from = at + 1;
  }
  return { ...family, samples: kept };
}

function repeats({ name }: OpenFamily, labels: string): string {
  return `collected metric "${name}" {${labels}} was collected before with the same name and label values`;
}

/**
 * Adds to `kept` each series once of those that have the same label values; their label names may differ. Returns the
 * labels of those that occur again.
 */
function* keepFirst(alike: readonly Sample[], kept: Sample[]): Generator<undefined, readonly string[]> {
  const seen = new Set<string>();
  const again: string[] = [];
  let work = 0;
  for (const sample of alike) {
    work += 1 + sample.labels.length;
    if (work > LABELS_A_STEP) {
      yield;
      work = 0;
    }
    const labels = keyOf(sample);
    work += labels.length / CHARACTERS_A_LABEL;
    const key = mapKey(labels);
    if (seen.has(key)) again.push(labels);
    else kept.push(sample);
    seen.add(key);
  }
  return again;
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
  for (let index = 0; index < a.labels.length; index++) {
    const value = a.labels[index]?.value ?? '';
    const other = b.labels[index]?.value ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

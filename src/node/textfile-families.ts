import type { Label, MetricFamily, Sample } from '../metrics/metric-family.js';
import { suffixCollisions } from '../metrics/suffix-collisions.js';
import { MOST_TEXTFILE_SERIES } from './read-textfile.js';

/** A family with the samples of all files so far. */
interface OpenFamily {
  readonly name: string;
  readonly type: MetricFamily['type'];
  help: string | undefined;
  readonly paths: string[];
  readonly samples: Sample[];
}

/** Merges the families of several files by name. */
export class TextfileFamilies {
  readonly #families = new Map<string, OpenFamily>();
  #series = 0;
  #labels = 0;
  #nameCharacters = 0;

  /**
   * Takes a family that was read from `path`. One that has another type or another help than the same family from an
   * earlier file, or series of the names that an earlier histogram or summary has, or the other way round, is left out;
   * then the reason is given.
   */
  *addSteps(family: MetricFamily, path: string): Generator<undefined, string | undefined> {
    const { name, type, help } = family;
    const known = this.#families.get(name);
    const inAll = this.#series + family.samples.length;
    if (inAll > MOST_TEXTFILE_SERIES) return `all files together would have more than ${MOST_TEXTFILE_SERIES} series`;
    this.#series = inAll;
    const names = yield* labelNamesOf(family);
    const tooMany = this.#countLabels(names, family.samples.length);
    if (tooMany !== undefined) return tooMany;
    const samples = yield* withLabelsSteps(family, names);
    if (known === undefined) {
      const [collision] = suffixCollisions(family, (other) => this.#typesOf(other));
      if (collision !== undefined) return collision.problem;
      this.#families.set(name, { name, type, help, paths: [path], samples });
      return undefined;
    }
    if (known.type !== type) return `type ${type} here, but ${known.type} in ${known.paths.join(', ')}`;
    if (help !== undefined && known.help !== undefined && help !== known.help) return 'inconsistent metric help text';
    known.help ??= help;
    known.paths.push(path);
    for (const sample of samples) known.samples.push(sample);
    return undefined;
  }

  /** Counts the labels of so many samples, which all have these names; gives the limit that they would exceed. */
  #countLabels(names: readonly string[], samples: number): string | undefined {
    const labels = this.#labels + names.length * samples;
    const inOne = names.reduce((sum, name) => sum + name.length, 0);
    const characters = this.#nameCharacters + inOne * samples;
    if (labels > MOST_LABELS || characters > MOST_NAME_CHARACTERS) return TOO_MANY_LABELS;
    this.#labels = labels;
    this.#nameCharacters = characters;
    return undefined;
  }

  #typesOf(name: string): readonly MetricFamily['type'][] {
    const known = this.#families.get(name);
    return known === undefined ? [] : [known.type];
  }

  /** Returns all families; the help of one that has none names its files. */
  *families(): Generator<MetricFamily> {
    for (const { name, type, help, paths, samples } of this.#families.values())
      yield { name, type, help: help ?? `Metric read from ${paths.join(', ')}`, samples };
  }
}

/**
 * The labels of all families together, and the characters of their names. Missing labels are filled in: without these
 * limits, a file of a few megabytes with all different labels could become many gigabytes.
 */
const MOST_LABELS = 2_000_000;
const MOST_NAME_CHARACTERS = 64 * 1024 * 1024;
const TOO_MANY_LABELS = `all files together would have more than ${MOST_LABELS} labels, missing ones included, or ${MOST_NAME_CHARACTERS} characters in their names`;

/** Labels that are processed before the caller may yield to the event loop. */
const LABELS_A_STEP = 512;

/** Returns the label names of all samples, sorted. */
function* labelNamesOf({ samples }: MetricFamily): Generator<undefined, readonly string[]> {
  const names = new Set<string>();
  let work = 0;
  for (const { labels } of samples) {
    work += labels.length;
    if (work > LABELS_A_STEP) {
      yield;
      work = 0;
    }
    for (const { name } of labels) names.add(name);
  }
  return [...names].sort();
}

/** Returns all samples with their labels in this order, and with bounds in theirs. */
function* withLabelsSteps(family: MetricFamily, names: readonly string[]): Generator<undefined, Sample[]> {
  const samples: Sample[] = [];
  const missing = names.map((name): Label => ({ name, value: '' }));
  let work = 0;
  for (const sample of family.samples) {
    work += 1 + names.length;
    if (work > LABELS_A_STEP) {
      yield;
      work = 0;
    }
    samples.push(withLabels(inOrder(sample), missing));
  }
  return samples;
}

/** Returns the sample with its labels in the order of `missing`, which stand in for those that it does not have. */
function withLabels(sample: Sample, missing: readonly Label[]): Sample {
  const own = new Map(sample.labels.map((label) => [label.name, label]));
  return { ...sample, labels: missing.map((label) => own.get(label.name) ?? label) };
}

/** Sorts buckets and quantiles in ascending order. Of equal bounds the last counts. */
function inOrder(sample: Sample): Sample {
  switch (sample.kind) {
    case 'value':
      return sample;
    case 'histogram':
      return { ...sample, buckets: ascending(sample.buckets, ({ upperBound }) => upperBound) };
    case 'summary':
      return { ...sample, quantiles: ascending(sample.quantiles, ({ quantile }) => quantile) };
  }
}

function ascending<T>(items: readonly T[], boundOf: (item: T) => number): readonly T[] {
  const byBound = new Map(items.map((item) => [boundOf(item), item]));
  return [...byBound].sort(([a], [b]) => a - b).map(([, item]) => item);
}

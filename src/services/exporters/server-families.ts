import type { Label, Sample } from '../../metrics/metric-family.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { SeriesStream, StreamedFamily } from '../../metrics/series-list.js';
import type { Steps } from '../../values/in-slices.js';
import { sortedInSteps } from '../../values/lists/sorted-in-steps.js';
import type { ConstantLabels } from './server-exporter.js';

/** The prefix of Sonde's own metrics of a probe, which real exporters do not have. */
const OF_PROBES = 'probe_';

/** The families of one server as its exporter has them, without those in `leftOut`. */
export function* serverFamilies(metrics: MetricSet, leftOut: ReadonlySet<string>): Steps<readonly StreamedFamily[]> {
  return (yield* metrics.familiesInSteps()).filter(({ name }) => !isLeftOut(name, leftOut));
}

/** Whether a family is left out: it does not belong to the real exporter, or is named in `leftOut`. */
export function isLeftOut(name: string, leftOut: ReadonlySet<string>): boolean {
  return name.startsWith(OF_PROBES) || leftOut.has(name);
}

/** Returns the families with further labels. */
export function withLabels(families: readonly StreamedFamily[], labels: readonly Label[]): readonly StreamedFamily[] {
  if (labels.length === 0) return families;
  return families.map((family) => ({ ...family, samples: new LabelledSeries(family.samples, labels) }));
}

/** Series with further labels, which they get whenever somebody reads them. */
class LabelledSeries implements SeriesStream {
  readonly #series: SeriesStream;
  readonly #labels: readonly Label[];

  constructor(series: SeriesStream, labels: readonly Label[]) {
    this.#series = series;
    this.#labels = labels;
  }

  get length(): number {
    return this.#series.length;
  }

  *[Symbol.iterator](): Generator<Sample, undefined> {
    for (const sample of this.#series) {
      const labels = [...sample.labels, ...this.#labels].sort((a, b) => (a.name < b.name ? -1 : 1));
      yield { ...sample, labels };
    }
  }
}

/** Returns the families, some with constant labels. */
export function withConstantLabels(
  families: readonly StreamedFamily[],
  constant: ConstantLabels | undefined,
): readonly StreamedFamily[] {
  if (constant === undefined) return families;
  const { isOf, labels } = constant;
  return families.flatMap((family) => (isOf(family.name) ? withLabels([family], labels) : [family]));
}

/** Returns the families with the names that they are shown with. */
export function withNames(
  families: readonly StreamedFamily[],
  renamed: ((name: string) => string) | undefined,
): readonly StreamedFamily[] {
  if (renamed === undefined) return families;
  return families.map((family) => ({ ...family, name: renamed(family.name) }));
}

/** Samples that are merged before others may have their turn. */
const SAMPLES_A_STEP = 64;

/** Families that are merged before others may have their turn: a server may name tens of thousands. */
const FAMILIES_A_STEP = 256;

/**
 * Merges families of the same name. They are sorted by name; the samples of each stay in the given order. Of samples
 * with the same labels the largest is kept: `pg_up`, say, which does not name the server, is 1 if any server is up.
 */
export function* mergeFamilies(families: readonly StreamedFamily[]): Steps<readonly StreamedFamily[]> {
  const byName = new Map<string, StreamedFamily>();
  for (const [index, family] of families.entries()) {
    if (index % FAMILIES_A_STEP === FAMILIES_A_STEP - 1) yield;
    const known = byName.get(family.name);
    // Nearly all names occur once.
    byName.set(family.name, known === undefined ? family : yield* merged(known, family));
  }
  const all = [...byName.values()].filter(({ samples }) => samples.length > 0);
  return yield* sortedInSteps(all, (a, b) => (a.name < b.name ? -1 : 1));
}

function* merged(known: StreamedFamily, family: StreamedFamily): Steps<StreamedFamily> {
  const byLabels = new Map<string, Sample>();
  let count = 0;
  for (const sample of chained(known.samples, family.samples)) {
    if (++count % SAMPLES_A_STEP === 0) yield;
    const key = sample.labels.map(({ name, value }) => `${name}\0${value}`).join('\0');
    const same = byLabels.get(key);
    if (same === undefined || isLarger(sample, same)) byLabels.set(key, sample);
  }
  return { ...known, samples: [...byLabels.values()] };
}

function* chained(...all: readonly SeriesStream[]): Generator<Sample, undefined> {
  for (const each of all) yield* each;
}

function isLarger(one: Sample, other: Sample): boolean {
  return one.kind === 'value' && other.kind === 'value' && one.value > other.value;
}

import type { ExpositionFormat } from '../../../http/answers/negotiate-format.js';
import { familyPieces } from '../../../http/answers/write-exposition.js';
import type { Label, MetricFamily, Sample } from '../../../metrics/metric-family.js';
import { sortedInSteps } from '../../../values/lists/sorted-in-steps.js';
import type { BucketForm } from './duration-counts.js';
import type { PackedMetrics } from './packed-metrics.js';
import { RESULT_FAMILIES, type ResultFamily } from './result-families.js';
import type { ScheduledTarget } from './scheduled-target.js';
import { withLabels } from './series-labels.js';
import type { ResultCounts } from './target-results.js';

/** Format of the exposition, and the form of histograms in it. */
export interface ResultsForm {
  readonly format: ExpositionFormat;
  readonly histograms: BucketForm | 'none';
}

/** Targets that are processed before the caller may yield to the event loop. */
const TARGETS_A_STEP = 16;
/** The same of names of one target's series: a server may have chosen tens of thousands. */
const NAMES_A_STEP = 256;
const PAUSE = Buffer.alloc(0);

/** A target, and how far its last values have been written: they are in the order of the families. */
interface Shown {
  readonly labels: readonly Label[];
  readonly results: ResultCounts;
  readonly last: PackedMetrics;
  at: number;
}

/** The source of the samples of one family. */
interface ShownFamily {
  readonly head: Omit<MetricFamily, 'samples'>;
  /** Families that single probes added as wholes. */
  readonly added: { readonly labels: readonly Label[]; readonly family: MetricFamily }[];
  readonly own: ResultFamily | undefined;
}

/**
 * Writes the results of targets' probes, sorted by family name, in pieces. Empty pieces are pauses. Targets without a
 * result are left out. Results that arrive meanwhile are not shown, but histograms may have them.
 */
export function* resultPieces(targets: Iterable<ScheduledTarget>, form: ResultsForm): Generator<Buffer> {
  const shown: Shown[] = [];
  const families = new Map<string, ShownFamily>();
  for (const own of RESULT_FAMILIES) families.set(own.head.name, { head: own.head, added: [], own });
  const seen = new Set<PackedMetrics['metrics']>();
  let count = 0;
  for (const { plan, results } of targets) {
    if (++count % TARGETS_A_STEP === 0) yield PAUSE;
    const { last } = results;
    if (last === undefined) continue;
    const each = { labels: plan.labels, results: results.counts(), last, at: 0 };
    shown.push(each);
    if (!seen.has(last.metrics)) yield* addNames(families, last);
    seen.add(last.metrics);
    addWhole(families, each);
  }
  if (shown.length === 0) return;
  for (const name of yield* pausing(sortedInSteps([...families.keys()], (a, b) => (a < b ? -1 : 1)))) {
    const family = families.get(name);
    if (family === undefined) continue;
    yield* piecesOf(family.head, samplesOf(family, shown, form), form.format);
  }
}

/** A family without samples is not shown: its HELP line alone would say nothing. */
function* piecesOf(
  head: ShownFamily['head'],
  samples: Generator<Sample | undefined>,
  format: ExpositionFormat,
): Generator<Buffer> {
  for (let next = samples.next(); next.done !== true; next = samples.next()) {
    if (next.value === undefined) yield PAUSE;
    else {
      yield* familyPieces(head, from(next.value, samples), format);
      return;
    }
  }
}

function* from(first: Sample, rest: Iterable<Sample | undefined>): Generator<Sample | undefined> {
  yield first;
  yield* rest;
}

/** The same work with the pauses of an exposition. */
function* pausing<T>(steps: Generator<unknown, T>): Generator<Buffer, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield PAUSE;
  }
}

function* addNames(families: Map<string, ShownFamily>, { metrics }: PackedMetrics): Generator<Buffer, void> {
  for (const [index, { name, help, type }] of metrics.entries()) {
    if (index % NAMES_A_STEP === NAMES_A_STEP - 1) yield PAUSE;
    if (!families.has(name)) families.set(name, { head: { name, help, type }, added: [], own: undefined });
  }
}

function addWhole(families: Map<string, ShownFamily>, { labels, last }: Shown): void {
  for (const family of last.added) {
    const known = families.get(family.name) ?? { head: headOf(family), added: [], own: undefined };
    families.set(family.name, known);
    known.added.push({ labels, family });
  }
}

function headOf({ name, help, type }: MetricFamily): ShownFamily['head'] {
  return { name, type, ...(help !== undefined && { help }) };
}

function* samplesOf(
  { head, added, own }: ShownFamily,
  shown: readonly Shown[],
  form: ResultsForm,
): Generator<Sample | undefined> {
  const fits = (sample: Sample): boolean => (head.type === 'histogram') === (sample.kind === 'histogram');
  for (const [index, each] of shown.entries()) {
    if (index % TARGETS_A_STEP === 0) yield undefined;
    if (own !== undefined) yield* own.samples(each.results, each.labels, form.histograms);
    // The last values of all families before have been written.
    for (const sample of lastSamples(each, head.name)) if (fits(sample)) yield sample;
  }
  for (const { labels, family } of added) {
    yield undefined;
    for (const sample of family.samples)
      if (fits(sample)) yield { ...sample, labels: withLabels(labels, sample.labels) };
  }
}

function* lastSamples(shown: Shown, name: string): Generator<Sample> {
  const { last, labels } = shown;
  for (; last.metrics[shown.at]?.name === name; shown.at++) {
    const own = (last.metrics[shown.at]?.labelNames ?? []).map((label, index) => ({
      name: label,
      value: last.labelValues[shown.at]?.[index] ?? '',
    }));
    yield { kind: 'value', labels: withLabels(labels, own), value: last.values[shown.at] ?? 0 };
  }
}

import { formatNumber } from '../values/go/format-number.js';
import { type EscapingScheme, isLegacyName, writeName } from './escape-name.js';
import type { MetricDefinition } from './metric-definition.js';
import type { Bucket, HistogramSample, MetricFamily, Sample } from './metric-family.js';
import type { MetricSet, SeriesRows } from './metric-set.js';
import type { StreamedFamily } from './series-list.js';
import { escapeLabelValue, writeHeader, WrittenNames } from './written-names.js';

/** The media type of the text format 0.0.4, without its `escaping` parameter. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The parts of a declared metric's text that never change, written once. */
interface Prepared {
  /** The HELP and TYPE lines. */
  readonly header: string;
  /** The text before the value, if there are no labels. */
  readonly start: string;
  /** The text before each label value. */
  readonly labelStarts: readonly string[];
  /** Whether a label name needs escaping; the labels of probe_expect_info are named by users. */
  readonly hasOddNames: boolean;
}

const prepared = new WeakMap<MetricDefinition, Prepared>();

function prepare(metric: MetricDefinition): Prepared {
  let known = prepared.get(metric);
  if (known === undefined) {
    const { name, labelNames } = metric;
    known = {
      header: writeHeader(metric),
      start: `${name} `,
      labelStarts: labelStartsOf(metric, labelNames),
      hasOddNames: !labelNames.every(isLegacyName),
    };
    prepared.set(metric, known);
  }
  return known;
}

function labelStartsOf({ name }: MetricDefinition, labelNames: readonly string[]): readonly string[] {
  return labelNames.map((label, index) => (index === 0 ? `${name}{${label}="` : `",${label}="`));
}

/** The families to write besides the series of a set, and the names of the set to leave out. */
export interface WrittenWith {
  /** Further families, in any order. */
  readonly more?: readonly MetricFamily[];
  /** Names that are left out of the set. */
  readonly omits?: (name: string) => boolean;
}

/**
 * Writes a set, and `more`, in the text format as client_golang does: families by name, series by label values.
 * Undefined if a name occurs twice among the set's metrics, its added families and `more`, which then are to be merged.
 */
export function writeMetricSetWith(
  metrics: MetricSet,
  written: WrittenWith,
  escaping: EscapingScheme,
): string | undefined {
  const pieces = metricSetPieces(metrics, written, escaping);
  let text = '';
  for (;;) {
    const { value, done } = pieces.next();
    if (done === true) return value ? text : undefined;
    text += value;
  }
}

/** The most rows that are written in one piece, and about the most characters. */
const ROWS_A_PIECE = 128;
const CHARACTERS_A_PIECE = 64 * 1024;

/**
 * Writes what `writeMetricSetWith` does in pieces, so that others may have their turn between them; empty ones are
 * pauses. Returns false, and the pieces are of no use, if a name occurs twice.
 */
export function* metricSetPieces(
  metrics: MetricSet,
  { more = [], omits = () => false }: WrittenWith,
  escaping: EscapingScheme,
): Generator<string, boolean> {
  const added = metrics.added.filter(({ name }) => !omits(name));
  const families = [...added, ...more].filter(({ samples }) => samples.length > 0).sort(byName);
  if (families.some(({ name }, at) => families[at + 1]?.name === name)) return false;
  const writer = new SetWriter(families, metrics.rows, { omits, escaping });
  let untilPiece = ROWS_A_PIECE;
  for (const place of yield* sortedPlaces(metrics)) {
    if (!writer.add(place)) return false;
    if (--untilPiece > 0 && writer.length < CHARACTERS_A_PIECE) continue;
    untilPiece = ROWS_A_PIECE;
    yield writer.take();
  }
  yield writer.end();
  return true;
}

type HowWritten = Required<Pick<WrittenWith, 'omits'>> & { readonly escaping: EscapingScheme };

/** Writes rows in their order, and families between them. */
class SetWriter {
  readonly #families: readonly MetricFamily[];
  readonly #rows: SeriesRows;
  readonly #omits: (name: string) => boolean;
  readonly #escaping: EscapingScheme;
  readonly #writer: FamilyWriter;
  #text = '';
  #name = '';
  #isOmitted = false;
  #next = 0;

  constructor(families: readonly MetricFamily[], rows: SeriesRows, { omits, escaping }: HowWritten) {
    [this.#families, this.#rows, this.#omits] = [families, rows, omits];
    this.#escaping = escaping;
    this.#writer = new FamilyWriter(escaping);
  }

  /** Adds the row at that place. Returns false if it has the name of a family. */
  add(place: number): boolean {
    const metric = this.#rows.metric(place);
    if (metric === undefined) return true;
    if (metric.name !== this.#name && !this.#begin(metric)) return false;
    if (this.#isOmitted) return true;
    const start = rowStart(metric, this.#rows.labelValues(place), this.#escaping);
    this.#text += `${start}${writeNumber(this.#rows.value(place))}\n`;
    return true;
  }

  /** How many characters there are to be taken. */
  get length(): number {
    return this.#text.length;
  }

  /** The text since it was taken the last time. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** The rest of the text, with the families behind all rows. */
  end(): string {
    for (const family of this.#families.slice(this.#next)) this.#text += this.#writer.write(family);
    return this.take();
  }

  #begin(metric: MetricDefinition): boolean {
    const { name } = metric;
    this.#name = name;
    this.#isOmitted = this.#omits(name);
    if (this.#isOmitted) return true;
    const families = this.#families;
    for (
      let family = families[this.#next];
      family !== undefined && family.name <= name;
      family = families[this.#next]
    ) {
      if (family.name === name) return false;
      this.#text += this.#writer.write(family);
      this.#next++;
    }
    this.#text += prepare(metric).header;
    return true;
  }
}

function* sortedPlaces(metrics: MetricSet): Generator<string, readonly number[]> {
  if (metrics.rows.length <= ROWS_A_PIECE) return metrics.sorted();
  const steps = metrics.sortedInSteps();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield '';
  }
}

function byName(a: MetricFamily, b: MetricFamily): number {
  return a.name < b.name ? -1 : 1;
}

/** Writes the metrics of a probe in the text format as client_golang does: families by name, series by label values. */
export function writeMetricSet(metrics: MetricSet, escaping: EscapingScheme = 'underscores'): string {
  if (!metrics.hasAdded && metrics.rows.length <= ROWS_A_PIECE)
    return writeRows(metrics.rows, metrics.sorted(), escaping);
  return writeMetricSetWith(metrics, {}, escaping) ?? writeFamilies(metrics.families(), escaping);
}

/** The rows at these places, in this order; those of one name are one family. */
function writeRows(rows: SeriesRows, places: readonly number[], escaping: EscapingScheme): string {
  let text = '';
  let before = '';
  for (const place of places) {
    const metric = rows.metric(place);
    if (metric === undefined) continue;
    const texts = prepare(metric);
    if (metric.name !== before) text += texts.header;
    before = metric.name;
    text += `${startOf(metric, texts, rows.labelValues(place), escaping)}${writeNumber(rows.value(place))}\n`;
  }
  return text;
}

/** The HELP and TYPE lines of a metric of a set. */
export function rowHeader(metric: MetricDefinition): string {
  return prepare(metric).header;
}

/** The text of a series of a set before its value. */
export function rowStart(metric: MetricDefinition, labelValues: readonly string[], escaping: EscapingScheme): string {
  return startOf(metric, prepare(metric), labelValues, escaping);
}

function startOf(
  metric: MetricDefinition,
  { start, labelStarts, hasOddNames }: Prepared,
  labelValues: readonly string[],
  escaping: EscapingScheme,
): string {
  if (labelValues.length === 0) return start;
  const starts = hasOddNames ? escapedStarts(metric, escaping) : labelStarts;
  let text = '';
  for (let index = 0; index < labelValues.length; index++) {
    text += (starts[index] ?? '') + escapeLabelValue(labelValues[index] ?? '');
  }
  return `${text}"} `;
}

function escapedStarts(metric: MetricDefinition, escaping: EscapingScheme): readonly string[] {
  return labelStartsOf(
    metric,
    metric.labelNames.map((label) => writeName(label, escaping)),
  );
}

/**
 * Writes families in the text format in the given order as client_golang does. `escaping` applies to names outside the
 * legacy character set.
 */
export function writeFamilies(families: readonly StreamedFamily[], escaping: EscapingScheme = 'underscores'): string {
  const writer = new FamilyWriter(escaping);
  let text = '';
  for (const family of families) text += writer.write(family);
  return text;
}

/** Writes families one by one. */
class FamilyWriter {
  readonly #names: WrittenNames;

  constructor(escaping: EscapingScheme) {
    this.#names = new WrittenNames(escaping);
  }

  write(family: StreamedFamily): string {
    let text = this.#names.header(family);
    for (const sample of family.samples) text += writeSample(this.#names, family.name, sample);
    return text;
  }
}

/** Returns what writes a series of the family `name` as `writeFamilies` does, without HELP and TYPE. */
export function sampleWriter(name: string, escaping: EscapingScheme): (sample: Sample) => string {
  const names = new WrittenNames(escaping);
  return (sample) => writeSample(names, name, sample);
}

function writeSample(names: WrittenNames, name: string, sample: Sample): string {
  const end = sample.timestampMs === undefined ? '\n' : ` ${sample.timestampMs}\n`;
  if (sample.kind === 'value') return `${names.series(name, sample.labels)} ${writeNumber(sample.value)}${end}`;
  let text = '';
  // What the lines of a series have in common is written once.
  if (sample.kind === 'summary') {
    const start = names.seriesUntil(name, sample.labels, 'quantile');
    for (const { quantile, value } of sample.quantiles) {
      text += `${start}${writeNumber(quantile)}"} ${writeNumber(value)}${end}`;
    }
  } else {
    const start = names.seriesUntil(`${name}_bucket`, sample.labels, 'le');
    for (const { upperBound, cumulativeCount } of bucketsToInfinity(sample)) {
      text += `${start}${writeNumber(upperBound)}"} ${writeNumber(cumulativeCount)}${end}`;
    }
  }
  const sum = `${names.series(`${name}_sum`, sample.labels)} ${writeNumber(sample.sum)}${end}`;
  return `${text}${sum}${names.series(`${name}_count`, sample.labels)} ${writeNumber(sample.count)}${end}`;
}

/** Adds the bucket of +Inf, which holds all observations, if it is missing. */
function bucketsToInfinity({ buckets, count }: HistogramSample): readonly Bucket[] {
  if (buckets.some(({ upperBound }) => upperBound === Infinity)) return buckets;
  return [...buckets, { upperBound: Infinity, cumulativeCount: count }];
}

/** The text of a value. Upstream writes both zeros as 0. */
export function writeNumber(value: number): string {
  return formatNumber(value === 0 ? 0 : value);
}

import { remembered } from '../values/remembered.js';
import { type EscapingScheme, isLegacyName, writeName } from './escape-name.js';
import { formatNumber } from './format-number.js';
import type { MetricDefinition, MetricType } from './metric-definition.js';
import type { Bucket, HistogramSample, Label, MetricFamily, Sample } from './metric-family.js';
import type { MetricSet } from './metric-set.js';

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

function writeHeader({ name, help, type }: { name: string; help?: string; type: string }): string {
  const helpLine = help === undefined ? '' : `# HELP ${name} ${escapeHelp(help)}\n`;
  return `${helpLine}# TYPE ${name} ${type}\n`;
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
  { more = [], omits = () => false }: WrittenWith,
  escaping: EscapingScheme,
): string | undefined {
  const added = metrics.added.filter(({ name }) => !omits(name));
  const families = [...added, ...more].filter(({ samples }) => samples.length > 0).sort(byName);
  if (families.some(({ name }, at) => families[at + 1]?.name === name)) return undefined;
  const writer = new FamilyWriter(escaping);
  let text = '';
  let name = '';
  let isOmitted = false;
  let next = 0;
  for (const { metric, labelValues, value } of metrics.sorted()) {
    if (metric.name !== name) {
      name = metric.name;
      isOmitted = omits(name);
      if (isOmitted) continue;
      for (let family = families[next]; family !== undefined && family.name <= name; family = families[++next]) {
        if (family.name === name) return undefined;
        text += writer.write(family);
      }
      text += prepare(metric).header;
    }
    if (!isOmitted) text += writeRow(metric, labelValues, value, escaping);
  }
  for (const family of families.slice(next)) text += writer.write(family);
  return text;
}

function byName(a: MetricFamily, b: MetricFamily): number {
  return a.name < b.name ? -1 : 1;
}

/** Writes the metrics of a probe in the text format as client_golang does: families by name, series by label values. */
export function writeMetricSet(metrics: MetricSet, escaping: EscapingScheme = 'underscores'): string {
  return writeMetricSetWith(metrics, {}, escaping) ?? writeFamilies(metrics.families(), escaping);
}

function writeRow(
  metric: MetricDefinition,
  labelValues: readonly string[],
  value: number,
  escaping: EscapingScheme,
): string {
  const { start, labelStarts, hasOddNames } = prepare(metric);
  if (labelValues.length === 0) return `${start}${writeNumber(value)}\n`;
  const starts = hasOddNames ? escapedStarts(metric, escaping) : labelStarts;
  let text = '';
  for (let index = 0; index < labelValues.length; index++) {
    text += (starts[index] ?? '') + escapeLabelValue(labelValues[index] ?? '');
  }
  return `${text}"} ${writeNumber(value)}\n`;
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
export function writeFamilies(families: readonly MetricFamily[], escaping: EscapingScheme = 'underscores'): string {
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

  write(family: MetricFamily): string {
    let text = this.#names.header(family);
    for (const sample of family.samples) text += writeSample(this.#names, family.name, sample);
    return text;
  }
}

/** The text format has no type gauge_histogram. */
const WRITTEN_TYPES: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  summary: 'summary',
  untyped: 'untyped',
  histogram: 'histogram',
  gauge_histogram: 'histogram',
};

/** The header of a family, and of what it was made. */
interface KnownHeader {
  readonly help: string | undefined;
  readonly type: MetricType;
  readonly text: string;
}

/** The longest name, and the longest help, in characters, that is kept for the next text. */
const LONGEST_KEPT = 512;
/** Headers that are kept, for each way of escaping; when there would be more, all are forgotten. */
const HEADERS_KEPT = 4096;

/** Names and headers as they are written: what occurs in one text nearly always occurs in the next. */
class KnownTexts {
  readonly #escaping: EscapingScheme;
  readonly #headers = new Map<string, KnownHeader>();
  readonly #name;

  constructor(escaping: EscapingScheme) {
    this.#escaping = escaping;
    this.#name = remembered((name: string) => writeName(name, escaping));
  }

  name(name: string): string {
    return name.length > LONGEST_KEPT ? writeName(name, this.#escaping) : this.#name(name);
  }

  header({ name, help, type }: MetricFamily): string {
    const known = this.#headers.get(name);
    if (known !== undefined && known.help === help && known.type === type) return known.text;
    const written = { name: this.name(name), type: WRITTEN_TYPES[type], ...(help !== undefined && { help }) };
    const text = writeHeader(written);
    if (name.length > LONGEST_KEPT || (help?.length ?? 0) > LONGEST_KEPT) return text;
    if (this.#headers.size >= HEADERS_KEPT) this.#headers.clear();
    this.#headers.set(name, { help, type, text });
    return text;
  }
}

const knownTexts = new Map<EscapingScheme, KnownTexts>();

function knownTextsFor(escaping: EscapingScheme): KnownTexts {
  let known = knownTexts.get(escaping);
  if (known === undefined) knownTexts.set(escaping, (known = new KnownTexts(escaping)));
  return known;
}

/** The names of one text. */
class WrittenNames {
  readonly #known: KnownTexts;

  constructor(escaping: EscapingScheme) {
    this.#known = knownTextsFor(escaping);
  }

  name(name: string): string {
    return this.#known.name(name);
  }

  header(family: MetricFamily): string {
    return this.#known.header(family);
  }

  /** The name and the labels of a series; the label `extra` is written last. A quoted name stands among the labels. */
  series(name: string, labels: readonly Label[], extra = ''): string {
    const written = this.name(name);
    const isQuoted = written.startsWith('"');
    let text = isQuoted ? `{${written}` : written;
    let separator = isQuoted ? ',' : '{';
    for (const label of labels) {
      text += `${separator}${this.name(label.name)}="${escapeLabelValue(label.value)}"`;
      separator = ',';
    }
    if (extra !== '') text += separator + extra;
    return isQuoted || labels.length > 0 || extra !== '' ? `${text}}` : text;
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
  if (sample.kind === 'summary') {
    for (const { quantile, value } of sample.quantiles) {
      const series = names.series(name, sample.labels, `quantile="${writeNumber(quantile)}"`);
      text += `${series} ${writeNumber(value)}${end}`;
    }
  } else {
    for (const { upperBound, cumulativeCount } of bucketsToInfinity(sample)) {
      const series = names.series(`${name}_bucket`, sample.labels, `le="${writeNumber(upperBound)}"`);
      text += `${series} ${writeNumber(cumulativeCount)}${end}`;
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

/** Upstream writes both zeros as 0. */
function writeNumber(value: number): string {
  return formatNumber(value === 0 ? 0 : value);
}

/** HELP text: backslash and line feed are escaped (exposition format 0.0.4). */
function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

const LABEL_VALUE_SPECIAL = /[\\"\n]/;

/** Label values: backslash, double quote and line feed are escaped (exposition format 0.0.4). */
function escapeLabelValue(text: string): string {
  if (!LABEL_VALUE_SPECIAL.test(text)) return text;
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

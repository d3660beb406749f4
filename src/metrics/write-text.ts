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

/** Writes the metrics of a probe in the text format as client_golang does: families by name, series by label values. */
export function writeMetricSet(metrics: MetricSet, escaping: EscapingScheme = 'underscores'): string {
  if (metrics.hasAdded) return writeFamilies(metrics.families(), escaping);
  let text = '';
  let name = '';
  for (const { metric, labelValues, value } of metrics.sorted()) {
    const { header, start, labelStarts, hasOddNames } = prepare(metric);
    if (metric.name !== name) text += header;
    name = metric.name;
    if (labelValues.length === 0) {
      text += start + writeNumber(value) + '\n';
      continue;
    }
    const escaped = hasOddNames
      ? labelStartsOf(
          metric,
          metric.labelNames.map((label) => writeName(label, escaping)),
        )
      : labelStarts;
    for (const [index, labelValue] of labelValues.entries()) {
      text += (escaped[index] ?? '') + escapeLabelValue(labelValue);
    }
    text += `"} ${writeNumber(value)}\n`;
  }
  return text;
}

/**
 * Writes families in the text format in the given order as client_golang does. `escaping` applies to names outside the
 * legacy character set.
 */
export function writeFamilies(families: readonly MetricFamily[], escaping: EscapingScheme = 'underscores'): string {
  const names = new WrittenNames(escaping);
  let text = '';
  for (const family of families) {
    text += writeHeader({ ...family, name: names.name(family.name), type: WRITTEN_TYPES[family.type] });
    for (const sample of family.samples) text += writeSample(names, family.name, sample);
  }
  return text;
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

/** The escaped names of one text; each name is escaped once. */
class WrittenNames {
  readonly #escaping: EscapingScheme;
  readonly #known = new Map<string, string>();

  constructor(escaping: EscapingScheme) {
    this.#escaping = escaping;
  }

  name(name: string): string {
    let written = this.#known.get(name);
    if (written === undefined) {
      written = writeName(name, this.#escaping);
      this.#known.set(name, written);
    }
    return written;
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

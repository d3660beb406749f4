import { isLegacyName, writeName } from './escape-name.js';
import type { EscapingScheme } from './escape-name.js';
import { formatNumber } from './format-number.js';
import type { MetricDefinition, MetricType } from './metric-definition.js';
import type { Bucket, HistogramSample, Label, MetricFamily, Sample } from './metric-family.js';
import type { MetricSet } from './metric-set.js';

/** The media type of the text format 0.0.4, without its `escaping` parameter. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What never changes for a declared metric: written once. */
interface Prepared {
  /** HELP and TYPE. */
  readonly header: string;
  /** What stands before the value where there are no labels. */
  readonly start: string;
  /** What stands before each label value. */
  readonly labelStarts: readonly string[];
  /** Whether a label name needs escaping; users name the labels of probe_expect_info. */
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

/** The metrics of a probe in the text format, families by name, series by label values, as client_golang writes them. */
export function writeMetricSet(metrics: MetricSet, escaping: EscapingScheme = 'underscores'): string {
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

/** Any families in the text format, in the order given, names outside the legacy character set by `escaping`, as client_golang writes them. */
export function writeFamilies(families: readonly MetricFamily[], escaping: EscapingScheme = 'underscores'): string {
  const names = new WrittenNames(escaping);
  let text = '';
  for (const family of families) {
    text += writeHeader({ ...family, name: names.name(family.name), type: WRITTEN_TYPES[family.type] });
    for (const sample of family.samples) text += writeSample(names, family.name, sample);
  }
  return text;
}

/** The text format has no word for a histogram that goes down. */
const WRITTEN_TYPES: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  summary: 'summary',
  untyped: 'untyped',
  histogram: 'histogram',
  gauge_histogram: 'histogram',
};

/** Names as they are written, each escaped once a text. */
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

  /** A name before its labels; `extra` is a label that is written last. A name in quotes stands among the labels. */
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

/** The last bucket holds everything, whether it was told of or not. */
function bucketsToInfinity({ buckets, count }: HistogramSample): readonly Bucket[] {
  if (buckets.some(({ upperBound }) => upperBound === Infinity)) return buckets;
  return [...buckets, { upperBound: Infinity, cumulativeCount: count }];
}

/** Upstream writes both zeros as one. */
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

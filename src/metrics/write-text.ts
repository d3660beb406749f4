import { escapeLabelName, isLegacyName } from './escape-name.js';
import type { EscapingScheme } from './escape-name.js';
import { formatNumber } from './format-number.js';
import type { MetricDefinition } from './metric-definition.js';
import type { Label, MetricFamily, Sample } from './metric-family.js';
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
      text += start + formatNumber(value) + '\n';
      continue;
    }
    const escaped = hasOddNames
      ? labelStartsOf(
          metric,
          metric.labelNames.map((label) => escapeLabelName(label, escaping)),
        )
      : labelStarts;
    for (const [index, labelValue] of labelValues.entries()) {
      text += (escaped[index] ?? '') + escapeLabelValue(labelValue);
    }
    text += `"} ${formatNumber(value)}\n`;
  }
  return text;
}

/** Any families in the text format, in the order given. */
export function writeFamilies(families: readonly MetricFamily[]): string {
  let text = '';
  for (const family of families) {
    text += writeHeader(family);
    for (const sample of family.samples) text += writeSample(family.name, sample);
  }
  return text;
}

function writeSample(name: string, sample: Sample): string {
  const { labels } = sample;
  const end = sample.timestampMs === undefined ? '\n' : ` ${sample.timestampMs}\n`;
  switch (sample.kind) {
    case 'value':
      return `${name}${writeLabels(labels)} ${formatNumber(sample.value)}${end}`;
    case 'histogram':
      return (
        sample.buckets
          .map(({ upperBound, cumulativeCount }) => {
            const le = { name: 'le', value: formatNumber(upperBound) };
            return `${name}_bucket${writeLabels([...labels, le])} ${formatNumber(cumulativeCount)}${end}`;
          })
          .join('') + writeSumAndCount(name, sample, end)
      );
    case 'summary':
      return (
        sample.quantiles
          .map(({ quantile, value }) => {
            const label = { name: 'quantile', value: formatNumber(quantile) };
            return `${name}${writeLabels([...labels, label])} ${formatNumber(value)}${end}`;
          })
          .join('') + writeSumAndCount(name, sample, end)
      );
  }
}

function writeSumAndCount(name: string, sample: { labels: readonly Label[]; sum: number; count: number }, end: string) {
  const labels = writeLabels(sample.labels);
  return `${name}_sum${labels} ${formatNumber(sample.sum)}${end}${name}_count${labels} ${formatNumber(sample.count)}${end}`;
}

function writeLabels(labels: readonly Label[]): string {
  if (labels.length === 0) return '';
  return `{${labels.map(({ name, value }) => `${name}="${escapeLabelValue(value)}"`).join(',')}}`;
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

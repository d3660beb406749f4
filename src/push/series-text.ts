import type { MetricType } from '../metrics/metric-definition.js';
import type { Label, Sample } from '../metrics/metric-family.js';
import { goQuote } from '../values/go/go-quote.js';

/** The beginning of a series with a thousand buckets or labels is enough to recognise it. */
const LONGEST_TEXT = 1024;

/**
 * Quotes a series as client_golang does: `collected metric "name" { … }`, with the protobuf message in its text form.
 */
export function citeSeries(name: string, type: MetricType, sample: Sample): string {
  const text = messageText(type, sample);
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return `collected metric ${goQuote(name)} { ${short}}`;
}

function messageText(type: MetricType, { labels, ...sample }: Sample): string {
  const labelTexts: string[] = [];
  let length = 0;
  for (const label of labels) {
    labelTexts.push(labelText(label));
    length += label.name.length + label.value.length;
    if (length > LONGEST_TEXT) break;
  }
  return [...labelTexts, valueText(type, sample)].join(' ');
}

function labelText({ name, value }: Label): string {
  return `label:{name:${goQuote(name.slice(0, LONGEST_TEXT))} value:${goQuote(value.slice(0, LONGEST_TEXT))}}`;
}

type Value = Sample extends infer S ? (S extends Sample ? Omit<S, 'labels'> : never) : never;

function valueText(type: MetricType, sample: Value): string {
  switch (sample.kind) {
    case 'value':
      return `${type}:{value:${sample.value}}`;
    case 'summary':
      return `summary:{sample_count:${sample.count} sample_sum:${sample.sum}}`;
    case 'histogram':
      return `histogram:{sample_count:${sample.count} sample_sum:${sample.sum}}`;
  }
}

/** Returns a type as upstream's messages and its API write it. */
export function typeWord(type: MetricType): string {
  return type.toUpperCase();
}

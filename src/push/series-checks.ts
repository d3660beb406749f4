import type { Sample } from '../metrics/metric-family.js';
import { isUtf8 } from '../values/byte-string.js';
import { goQuote } from '../values/go/go-quote.js';

/** Returns what is wrong with a series on its own, or undefined (client_golang's checkMetricConsistency). */
export function seriesProblem(sample: Sample): string | undefined {
  let previous = '';
  for (const label of sample.labels) {
    const problem = labelProblem(label, { previous, isSummary: sample.kind === 'summary' });
    if (problem !== undefined) return problem;
    previous = label.name;
  }
  return undefined;
}

function labelProblem(
  { name, value }: Sample['labels'][number],
  { previous, isSummary }: { readonly previous: string; readonly isSummary: boolean },
): string | undefined {
  if (name === previous && name !== '') return `has two or more labels with the same name: ${name}`;
  if (name === '' || name.startsWith('__') || !isUtf8(name)) return `has a label with an invalid name: ${name}`;
  if (isSummary && name === 'quantile') return 'must not have an explicit "quantile" label';
  if (!isUtf8(value)) return `has a label named ${goQuote(name)} whose value is not utf8: ${goQuote(value)}`;
  return undefined;
}

/** Returns a text that is the same for the same labels. The labels must be sorted. */
export function seriesKey({ labels }: Sample): string {
  let key = '';
  for (const { name, value } of labels) key += `${name.length}:${name}${value.length}:${value}`;
  return key;
}

/** Returns the positions in `samples` of series that occur for the second time. */
export function repeatedSeries(samples: readonly Sample[]): readonly number[] {
  if (samples.length < 2) return [];
  const seen = new Set<string>();
  const repeated: number[] = [];
  for (const [index, sample] of samples.entries()) {
    const key = seriesKey(sample);
    if (seen.has(key)) repeated.push(index);
    else seen.add(key);
  }
  return repeated;
}

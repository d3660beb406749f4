import type { MetricType } from '../metrics/metric-definition.js';
import type { MetricFamily, Sample } from '../metrics/metric-family.js';
import { isUtf8 } from '../values/byte-string.js';
import { goQuote } from '../values/go-quote.js';

/** What is wrong with a series by itself, whatever else there is (client_golang's checkMetricConsistency); undefined if nothing is. */
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

/** One text for one set of labels; labels are sorted. */
export function seriesKey({ labels }: Sample): string {
  let key = '';
  for (const { name, value } of labels) key += `${name.length}:${name}${value.length}:${value}`;
  return key;
}

/** The series that come for the second time, as positions in `samples`. */
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

const SUFFIXES: ReadonlyMap<string, readonly MetricType[]> = new Map(
  Object.entries<readonly MetricType[]>({
    _count: ['summary', 'histogram'],
    _sum: ['summary', 'histogram'],
    _bucket: ['histogram'],
  }),
);

/** The names that a family cannot stand beside, because a histogram or summary has series of the other's name (client_golang's checkSuffixCollisions). */
export function suffixCollisions(
  { name, type }: Pick<MetricFamily, 'name' | 'type'>,
  typesOf: (name: string) => readonly MetricType[],
): readonly { readonly other: string; readonly problem: string }[] {
  const found: { other: string; problem: string }[] = [];
  for (const [suffix, owners] of SUFFIXES) {
    if (name.endsWith(suffix) && name.length > suffix.length) {
      const other = name.slice(0, -suffix.length);
      const owner = typesOf(other).find((known) => owners.includes(known));
      const what = `collected metric named ${goQuote(name)} collides with previously collected`;
      if (owner !== undefined) found.push({ other, problem: `${what} ${owner} named ${goQuote(other)}` });
    }
    const other = name + suffix;
    if (!owners.includes(type) || typesOf(other).length === 0) continue;
    const kind = suffix === '_bucket' ? 'histogram' : 'histogram or summary';
    const what = `collected ${kind} named ${goQuote(name)} collides with previously collected metric named`;
    found.push({ other, problem: `${what} ${goQuote(other)}` });
  }
  return found;
}

import { goQuote } from '../values/go/go-quote.js';
import type { MetricType } from './metric-definition.js';
import type { MetricFamily } from './metric-family.js';

/** The suffixes of series, and the types of the families that have them. */
const SUFFIXES: readonly { readonly suffix: string; readonly owners: readonly MetricType[] }[] = [
  { suffix: '_count', owners: ['summary', 'histogram'] },
  { suffix: '_sum', owners: ['summary', 'histogram'] },
  { suffix: '_bucket', owners: ['histogram'] },
];

/**
 * The names that a family cannot stand beside, because a histogram or summary has series of the other's name
 * (client_golang's checkSuffixCollisions).
 */
export function suffixCollisions(
  { name, type }: Pick<MetricFamily, 'name' | 'type'>,
  typesOf: (name: string) => readonly MetricType[],
): readonly { readonly other: string; readonly problem: string }[] {
  const found: { other: string; problem: string }[] = [];
  for (const { suffix, owners } of SUFFIXES) {
    if (name.endsWith(suffix) && name.length > suffix.length) {
      const other = name.slice(0, -suffix.length);
      const owner = typesOf(other).find((known) => owners.includes(known));
      const what = `collected metric named ${goQuote(name)} collides with previously collected`;
      if (owner !== undefined) found.push({ other, problem: `${what} ${owner} named ${goQuote(other)}` });
    }
    if (!owners.includes(type)) continue;
    const other = name + suffix;
    if (typesOf(other).length === 0) continue;
    const kind = suffix === '_bucket' ? 'histogram' : 'histogram or summary';
    const what = `collected ${kind} named ${goQuote(name)} collides with previously collected metric named`;
    found.push({ other, problem: `${what} ${goQuote(other)}` });
  }
  return found;
}

import type { Sample } from '../../metrics/metric-family.js';
import { NumberList } from '../../metrics/number-list.js';
import type { HeldFamily } from '../../metrics/series-list.js';
import { isUtf8 } from '../../values/byte-string.js';
import { mapKey } from '../../values/codec/map-key.js';
import { goQuote } from '../../values/go/go-quote.js';

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
  return mapKey(key);
}

/** How many series are gone through between two moments at which other work may run. */
export const SERIES_A_STEP = 64;

/** The faults of a family's series, as positions, that need no other family to be found. */
export interface FamilyFaults {
  /** The series of which `seriesProblem` says something. */
  readonly invalid: Iterable<number>;
  /** The series that occur for the second time. */
  readonly repeated: Iterable<number>;
}

/** Finds them, in steps. */
export function* familyFaults({ samples }: HeldFamily): Generator<undefined, FamilyFaults> {
  const seen = new Set<string>();
  const invalid = new NumberList();
  const repeated = new NumberList();
  let index = 0;
  for (const sample of samples) {
    if (index % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    if (seriesProblem(sample) !== undefined) invalid.push(index);
    if (samples.length < 2) break;
    const key = seriesKey(sample);
    if (seen.has(key)) repeated.push(index);
    else seen.add(key);
    index += 1;
  }
  return { invalid, repeated };
}

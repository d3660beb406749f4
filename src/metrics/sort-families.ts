import type { MetricFamily, Sample } from './metric-family.js';

/**
 * The order of names and label values in an exposition: by their bytes in UTF-8, which is the order of their code
 * points.
 */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return codePointOrder(left) - codePointOrder(right);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs are code points above U+FFFF, so they sort after all other units. */
function codePointOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}

/**
 * The order of samples within a family: fewer labels first, then by the values of the labels (client_golang,
 * MetricSorter).
 */
export function compareSamples(a: Sample, b: Sample): number {
  if (a.labels.length !== b.labels.length) return a.labels.length - b.labels.length;
  for (const [index, label] of a.labels.entries()) {
    const order = compareBytes(label.value, b.labels[index]?.value ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** The separator of a key's values, and halves of surrogate pairs, whose order in UTF-16 is not that of code points. */
const UNORDERED = /[\0\ud800-\udfff]/;

/**
 * Returns a sort key of a sample. Within a family, the order of these keys is that of `compareSamples`, and comparing
 * them is several times as fast. Undefined if a value has characters for which the orders differ.
 */
export function orderKey({ labels }: Sample): string | undefined {
  const parts = [String.fromCharCode(labels.length)];
  for (const { value } of labels) {
    if (UNORDERED.test(value)) return undefined;
    parts.push(value);
  }
  // Joined and not added: a text of many parts would keep all of them.
  parts.push('');
  return labels.length < 0xd800 ? parts.join('\0') : undefined;
}

/** Sorts families by name and the samples of each. The labels of a sample must already be sorted by name. */
export function sortFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  return families
    .map((family) => ({ ...family, samples: family.samples.toSorted(compareSamples) }))
    .sort((a, b) => compareBytes(a.name, b.name));
}

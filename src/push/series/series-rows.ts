import type { Label, Sample } from '../../metrics/metric-family.js';

/**
 * A series that is just a value with labels: the value, then the names and values of the labels in turn. This takes a
 * third of the space of an object. A number that JSON cannot represent is a text.
 */
type Row = readonly [value: number | string, ...labels: string[]];

/** A series as JSON: a row, or an object for one that is more than a value with labels. */
export type StoredSample = Row | object;

/** Returns a series as JSON has it. Nothing is lost: JSON numbers are exact, and other numbers are written as texts. */
export function writeSample(sample: Sample): StoredSample {
  const isPlain = sample.kind === 'value' && Object.keys(sample).length === 3;
  if (!isPlain) return withTexts(sample) as object;
  const row: [number | string, ...string[]] = [isJsonNumber(sample.value) ? sample.value : numberText(sample.value)];
  for (const { name, value } of sample.labels) row.push(name, value);
  return row;
}

/** Returns the series that `writeSample` wrote. */
export function readSample(stored: StoredSample, known: KnownLabels): Sample {
  // An object that writeSample made from a sample becomes that sample again.
  if (!isRow(stored)) return withNumbers(stored) as Sample;
  const labels: Label[] = [];
  for (let index = 1; index < stored.length; index += 2) {
    labels.push(known.label(String(stored[index]), String(stored[index + 1])));
  }
  return { kind: 'value', labels, value: Number(stored[0]) };
}

function isRow(stored: StoredSample): stored is Row {
  return Array.isArray(stored);
}

/** Most series of a family share most of their labels, which this class stores once. */
export class KnownLabels {
  readonly #lastOfName = new Map<string, Label>();

  label(name: string, value: string): Label {
    const last = this.#lastOfName.get(name);
    if (last?.value === value) return last;
    const label = { name: last?.name ?? name, value };
    this.#lastOfName.set(name, label);
    return label;
  }
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The key of the object that replaces a number which JSON cannot represent. No object of a sample has this key. */
const NUMBER_KEY = 'number';

function withTexts(value: unknown): unknown {
  if (typeof value === 'number') return isJsonNumber(value) ? value : { [NUMBER_KEY]: numberText(value) };
  return mapMembers(value, withTexts);
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && NUMBER_KEY in value) return Number(value[NUMBER_KEY]);
  return mapMembers(value, withNumbers);
}

function mapMembers(value: unknown, map: (member: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member)]));
}

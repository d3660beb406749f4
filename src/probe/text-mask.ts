import { MASK } from '../values/secret.js';

/** Replaces what must not be shown. */
export type TextMask = (text: string) => string;

/** Shorter values are found by chance everywhere, and are no secrets. */
const SHORTEST = 4;
/** The shortest line of a multi-line value, such as a key, that is masked by itself, in characters. */
const SHORTEST_LINE = 16;

/** Masks values wherever they stand in a text: as they are, as JSON has them, or as URLs do. */
export function textMask(values: readonly string[]): TextMask | undefined {
  return maskOf(values.flatMap((value) => [value, ...longLines(value)]).flatMap(maskedForms));
}

/** Masks these forms, of which the longest goes first; undefined without any. */
export function maskOf(forms: Iterable<string>): TextMask | undefined {
  const longestFirst = [...new Set(forms)].sort((one, other) => other.length - one.length);
  if (longestFirst.length === 0) return undefined;
  return (text) =>
    longestFirst.reduce((masked, form) => (masked.includes(form) ? masked.replaceAll(form, MASK) : masked), text);
}

/** The lines of a value that are masked by themselves. */
export function longLines(value: string): readonly string[] {
  return value.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);
}

/** Applies one mask, then the other. */
export function bothMasks(one: TextMask | undefined, other: TextMask | undefined): TextMask | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return (text) => other(one(text));
}

/** Masks all texts of plain data. */
export function maskTexts<T>(value: T, mask: TextMask): T {
  return masked(value, mask) as T;
}

/** Lists and objects keep their form, so the type stays. */
function masked(value: unknown, mask: TextMask): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each, mask)]));
}

/** How a value may stand in a text; none for one that is too short to be a secret. */
export function maskedForms(value: string): readonly string[] {
  if (value.length < SHORTEST) return [];
  // Half of a surrogate pair has no form in a URL.
  const encoded = /\p{Cs}/u.test(value) ? [] : [encodeURIComponent(value)];
  return [value, JSON.stringify(value).slice(1, -1), ...encoded];
}

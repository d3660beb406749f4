import { parseFloatText } from '../../../metrics/parse-float.js';
import { parseGoDuration } from '../../../values/duration.js';

// The ids of types in pg_type.dat of PostgreSQL.
const BOOL = 16;
const TIMES: ReadonlySet<number> = new Set([1082, 1114, 1184]);

/** A value of a row, and the id of its type. */
export interface TypedValue {
  readonly text: string | null;
  readonly type: number;
}

/** Reads a value as a number, as postgres_exporter does: a time is seconds since 1970, NULL is NaN. */
export function numberOfValue({ text, type }: TypedValue): number | undefined {
  if (text === null) return NaN;
  if (type === BOOL) return text === 't' ? 1 : 0;
  return (TIMES.has(type) ? secondsOf(text) : undefined) ?? parseFloatText(text);
}

/** Reads a value as a label, as postgres_exporter does. */
export function labelOfValue({ text, type }: TypedValue): string {
  if (text === null) return '';
  if (type === BOOL) return text === 't' ? 'true' : 'false';
  return (TIMES.has(type) ? secondsOf(text)?.toString() : undefined) ?? text;
}

/** Reads a duration in Go's notation, or a number that is milliseconds already. */
export function millisecondsOf(value: TypedValue): number | undefined {
  const number = numberOfValue(value);
  if (number !== undefined) return number;
  try {
    return Math.trunc(parseGoDuration(value.text ?? '') * 1000);
  } catch {
    return undefined;
  }
}

const TIME =
  /^(\d{4,6})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?$/;

/** Whole seconds since 1970 of a time in ISO style; undefined for `infinity` and for years before Christ. */
function secondsOf(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', sign, ...offset] = match;
  const [hours = 0, minutes = 0, seconds = 0] = offset.map((part) => Number(part || 0));
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const behind = (hours * 60 + minutes) * 60 + seconds;
  return date / 1000 - (sign === '-' ? -behind : behind);
}

/** Elements of an array that become buckets. */
const MOST_ELEMENTS = 200;

/** Reads an array of numbers, `{1,2.5}`; undefined if it is none, or too long. */
export function numbersOf({ text }: TypedValue): readonly number[] | undefined {
  const inner = /^\{([^{}"]*)\}$/.exec(text ?? '')?.[1];
  if (inner === undefined) return undefined;
  const numbers = inner === '' ? [] : inner.split(',', MOST_ELEMENTS + 1).map((each) => parseFloatText(each));
  if (numbers.length > MOST_ELEMENTS || numbers.includes(undefined)) return undefined;
  return numbers.filter((each) => each !== undefined);
}

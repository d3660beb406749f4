import type * as Cel from '@bufbuild/cel';
import { parseGoDuration } from '../duration.js';
import { formatNumber } from '../go/format-number.js';
import { parseGoFloat } from '../go/go-number.js';

/** Reads a text; throws an Error where it is none that upstream's library takes. */
type Reader = (text: string) => Cel.CelInput;

/**
 * What upstream's library does otherwise than this one, where a body has the text: to this one "" is the number 0 and
 * no time at all, any word is the number NaN, and February has 30 days. So what should be an error, which fails a
 * probe, would be a value that a comparison passes. Numbers are written as Go does, too.
 */
export function castFunctions(cel: typeof Cel): readonly Cel.CelFunc[] {
  const { celFunc, celUint, CelScalar, mapType } = cel;
  const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;
  const own = cel.celEnv().funcs;
  const call = (name: string, given: Cel.CelValue): Cel.CelValue => {
    const result = own.find(name)?.call(0, undefined, [given]);
    if (result === undefined || cel.isCelError(result)) throw result ?? new Error(`no ${name}`);
    return result;
  };
  const readers: Readonly<Record<string, Reader>> = {
    int: (text) => wholeNumber(text, /^[+-]?\d+$/, { least: -(2n ** 63n), most: 2n ** 63n - 1n }),
    uint: (text) => celUint(wholeNumber(text, /^\d+$/, { least: 0n, most: 2n ** 64n - 1n })),
    double: readDouble,
    bool: readBool,
  };
  const checks: Readonly<Record<string, (text: string) => string>> = { timestamp: checkedTime, duration: checkedSpan };
  return [
    ...Object.entries(readers).map(([name, read]) => celFunc(name, [STRING], DYN, read)),
    ...Object.entries(checks).map(([name, check]) => celFunc(name, [STRING], DYN, (text) => call(name, check(text)))),
    celFunc('string', [DOUBLE], STRING, formatNumber),
    ...Array.from(own.find('duration') ?? [], ({ result }) =>
      celFunc('int', [result], INT, (span) => nanosecondsOf(call('string', span))),
    ).slice(0, 1),
    // Of what is no key, there is none.
    celFunc('@in', [DYN, mapType(DYN, DYN)], BOOL, () => false),
  ];
}

/** No number of 64 bits has more digits. */
const MOST_DIGITS = 20;

function wholeNumber(
  text: string,
  form: RegExp,
  { least, most }: { readonly least: bigint; readonly most: bigint },
): bigint {
  const short = text.replace(/^([+-]?)0+(?=\d)/, '$1');
  if (!form.test(text) || short.length > MOST_DIGITS + 1) throw unreadable(text);
  const value = BigInt(short);
  if (value < least || value > most) throw unreadable(text);
  return value;
}

function readDouble(text: string): number {
  try {
    return parseGoFloat(text);
  } catch {
    throw unreadable(text);
  }
}

const BOOLEANS = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

function readBool(text: string): boolean {
  const value = BOOLEANS.get(text);
  if (value === undefined) throw unreadable(text);
  return value;
}

const TIME = /^(\d{4}-(\d\d)-(\d\d)T(\d\d):[0-5]\d:[0-5]\d)(?:\.(\d+))?(Z|[+-]\d\d:[0-5]\d)$/;
/** The library reads nanoseconds, and no finer parts of a second; Go passes over these. */
const FINEST_DIGITS = 9;

function checkedTime(text: string): string {
  const [, toSeconds = '', month, day, hour, fraction, zone = ''] = TIME.exec(text) ?? [];
  const year = Number(toSeconds.slice(0, 4));
  const daysOfMonth = new Date(Date.UTC(2000 + (year % 400), Number(month), 0)).getUTCDate();
  const isDay = Number(day) >= 1 && Number(day) <= daysOfMonth;
  if (toSeconds === '' || !isDay || Number(hour) > 23) throw unreadable(text);
  return `${toSeconds}${fraction === undefined ? '' : `.${fraction.slice(0, FINEST_DIGITS)}`}${zone}`;
}

function checkedSpan(text: string): string {
  parseGoDuration(text);
  return text;
}

const SPAN = /^(-?\d+)(?:\.(\d+))?s$/;

/** As a number, a duration is one of nanoseconds to upstream's library. */
function nanosecondsOf(text: unknown): bigint {
  const [, seconds = '', fraction = ''] = (typeof text === 'string' ? SPAN.exec(text) : null) ?? [];
  return BigInt(seconds + fraction.padEnd(FINEST_DIGITS, '0'));
}

/** The most of a text that is told of, in characters. */
const MOST_TOLD = 100;

function unreadable(text: string): Error {
  return new Error(`cannot read ${JSON.stringify(text.slice(0, MOST_TOLD))}`);
}

import { trimEndOf } from './trim-character.js';

/** The nanoseconds of each of Go's duration units. */
const NANOSECONDS_OF_UNIT: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/**
 * A number with its unit. No character can belong to two neighbouring parts of the pattern, so a mismatch costs no more
 * than a match.
 */
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
/** Go's durations are int64 nanoseconds: about 292 years. */
const LONGEST = 2n ** 63n - 1n;
/** The number of digits of LONGEST. A whole number with more digits is too large in every unit. */
const MOST_DIGITS = 19;
/** Go has no limit. No real duration is this long, and requests contain durations. */
const MAX_CHARACTERS = 200;

/**
 * Parses a duration in Go's notation (`time.ParseDuration`) into seconds: `1h30m`, `1.5h`, `.5s`, `-5s`, `0`. Throws an
 * Error that says what is wrong, also for `5`, `1d`, `5 s` and texts of more than 200 characters.
 */
export function parseGoDuration(text: string): number {
  if (text === '0' || text === '+0' || text === '-0') return 0;
  if (text.length > MAX_CHARACTERS) throw new Error(`invalid duration: longer than ${MAX_CHARACTERS} characters`);
  const isNegative = text.startsWith('-');
  const longest = isNegative ? LONGEST + 1n : LONGEST;
  let at = isNegative || text.startsWith('+') ? 1 : 0;
  if (at === text.length) throw new Error(whyInvalid(text));
  let total = 0n;
  while (at < text.length) {
    PART.lastIndex = at;
    const [part, whole = '', fraction = '', unit = ''] = PART.exec(text) ?? [];
    if (part === undefined || whole + fraction === '') throw new Error(whyInvalid(text));
    total += nanosecondsOf(whole, fraction, NANOSECONDS_OF_UNIT.get(unit) ?? 0n);
    if (total > longest) throw new Error('invalid duration: longer than 292 years');
    at += part.length;
  }
  return Number(isNegative ? -total : total) / 1e9;
}

/** Returns the nanoseconds of one part. A number that is too large counts as just above LONGEST. */
function nanosecondsOf(whole: string, fraction: string, unit: bigint): bigint {
  const significant = whole.replace(/^0+/, '');
  if (significant.length > MOST_DIGITS) return LONGEST + 2n;
  // Eighteen digits are more precise than a nanosecond in every unit. Go ignores further digits as well.
  const digits = fraction.slice(0, 18);
  return BigInt(significant) * unit + (BigInt(digits) * unit) / 10n ** BigInt(digits.length);
}

function whyInvalid(text: string): string {
  if (text === '') return 'invalid duration: empty';
  if (/^[+-]?[\d.]+$/.test(text)) return 'invalid duration: the unit is missing';
  if (/^[+-]?[\d.]+\s*[dwy]$/.test(text)) return 'invalid duration: there is no unit for days or more';
  return 'invalid duration';
}

/** Writes seconds as a duration of Go (`time.Duration.String`): `1h2m3.5s`, `1.5ms`, `0s`. */
export function formatGoDuration(seconds: number): string {
  const nanoseconds = BigInt(Math.round(Math.abs(seconds) * 1e9));
  const sign = seconds < 0 && nanoseconds > 0n ? '-' : '';
  if (nanoseconds === 0n) return '0s';
  if (nanoseconds < 1_000n) return `${sign}${nanoseconds.toString()}ns`;
  if (nanoseconds < 1_000_000n) return `${sign}${decimal(nanoseconds, 3)}µs`;
  if (nanoseconds < 1_000_000_000n) return `${sign}${decimal(nanoseconds, 6)}ms`;
  const minutes = nanoseconds / 60_000_000_000n;
  const rest = `${decimal(nanoseconds % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + rest;
  const hours = minutes / 60n;
  return `${sign}${hours > 0n ? `${hours.toString()}h` : ''}${(minutes % 60n).toString()}m${rest}`;
}

/** Writes `value` divided by ten to the power of `places`, without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0');
  const fraction = trimEndOf(digits.slice(-places), '0');
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}

/** The parts of a duration in the order that they stand in, with their seconds. */
const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['y', 365 * 86_400],
  ['w', 7 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
];

const DURATION =
  /^(?:(\d{1,9})y)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/**
 * Reads a duration as Prometheus' configuration has it (`1m30s`, `500ms`, `0`; model.ParseDuration) into seconds;
 * undefined for what is none.
 */
export function parsePrometheusDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = text === '' ? null : DURATION.exec(text);
  if (parts === null) return undefined;
  const milliseconds = UNITS.reduce(
    (sum, [, seconds], index) => sum + Number(parts[index + 1] ?? 0) * seconds * 1000,
    0,
  );
  return milliseconds / 1000;
}

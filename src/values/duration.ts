/** Nanoseconds of Go's duration units. */
const NANOSECONDS_OF_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const WHOLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;
/** Go counts in int64 nanoseconds: about 292 years. */
const LONGEST = 2n ** 63n - 1n;

/**
 * Seconds of a duration in Go's notation (`time.ParseDuration`): `1h30m`, `1.5h`, `.5s`, `-5s`, `0`.
 * Throws an Error that says what is wrong, also for `5`, `1d` and `5 s`.
 */
export function parseGoDuration(text: string): number {
  if (text === '0' || text === '+0' || text === '-0') return 0;
  if (!WHOLE.test(text)) throw new Error(whyInvalid(text));
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(PART)) {
    const nanoseconds = NANOSECONDS_OF_UNIT[unit] ?? 0n;
    // Eighteen digits are more than a nanosecond of any unit needs; Go ignores the rest as well.
    const digits = fraction.slice(0, 18);
    total += BigInt(whole) * nanoseconds + (BigInt(digits) * nanoseconds) / 10n ** BigInt(digits.length);
    if (total > (text.startsWith('-') ? LONGEST + 1n : LONGEST))
      throw new Error('invalid duration: longer than 292 years');
  }
  return Number(text.startsWith('-') ? -total : total) / 1e9;
}

function whyInvalid(text: string): string {
  if (text === '') return 'invalid duration: empty';
  if (/^[+-]?[\d.]+$/.test(text)) return 'invalid duration: the unit is missing';
  if (/^[+-]?[\d.]+\s*[dwy]$/.test(text)) return 'invalid duration: there is no unit for days or more';
  return 'invalid duration';
}

/** Go's way of writing a duration (`time.Duration.String`): `1h2m3.5s`, `1.5ms`, `0s`. */
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

/** `value` divided by ten to the power of `places`, without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}

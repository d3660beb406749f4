const HUMAN = /^(-?)(\d+)(?:\.(\d+))?([kMGTPEZY])?$/;
const UNITS = 'kMGTPEZY';
const PER_UNIT = 1024;
/** The largest counter of the kernel has 64 bits. */
const LARGEST = 2 ** 64;

/**
 * Parses a number as bcache writes it (bch_hprint): `427.5k` is 427 * 1024 and a rest, which is left out where there is
 * no unit. Returns NaN for anything else. The digits behind the point count 1024ths, in hundredths, so that .10 is more
 * than .9; upstream undoes that by the same division.
 */
export function parseHumanNumber(text: string): number {
  const [, sign = '', whole, fraction = '0', unit] = HUMAN.exec(text) ?? [];
  if (whole === undefined) return NaN;
  const factor = unit === undefined ? 1 : PER_UNIT ** (UNITS.indexOf(unit) + 1);
  const rest = unit === undefined ? 0 : Number(fraction) / 10.24;
  const value = Math.trunc((Number(whole) + rest) * factor);
  if (value > LARGEST) return NaN;
  return sign === '' ? value : -value;
}

const UNIT_LETTERS = ['B', 'K', 'M', 'G', 'T', 'P', 'E'] as const;
const WHOLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[A-Za-z]+(?:(?:\d+(?:\.\d*)?|\.\d+)[A-Za-z]+)*)$/;
const PART = /(\d*(?:\.\d*)?)([A-Za-z]+)/gy;
/** Upstream's sizes are of type int64. */
const LARGEST = 2 ** 63;

/**
 * Parses a size such as `10MB`, `1.5KiB` or `1MiB512KiB` into bytes (alecthomas/units, Base2Bytes). Both families of
 * units are powers of 1024, and one text uses one family. Callers take zero and negative sizes as "no limit". Throws an
 * Error that says what is wrong, also for `10` and `1kB`.
 */
export function parseByteSize(text: string): number {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!WHOLE.test(text)) throw new Error(/^[+-]?[\d.]+$/.test(text) ? 'the unit is missing' : 'not a size');
  const parts = [...text.replace(/^[+-]/, '').matchAll(PART)];
  const suffix = parts.some(([, , unit = '']) => unit.endsWith('iB')) ? 'iB' : 'B';
  let total = 0;
  for (const [, number = '', unit = ''] of parts) total += Number(number) * bytesOfUnit(unit, suffix);
  if (total > LARGEST) throw new Error('too large');
  // Upstream, 2^63 overflows to the lowest negative size, which means "no limit" as well.
  if (total === LARGEST) return -LARGEST;
  const bytes = Math.trunc(total);
  return text.startsWith('-') ? 0 - bytes : bytes;
}

function bytesOfUnit(unit: string, suffix: 'iB' | 'B'): number {
  const power = UNIT_LETTERS.findIndex((letter) => unit === (letter === 'B' ? 'B' : letter + suffix));
  if (power < 0) throw new Error(`unknown unit ${unit}`);
  return 1024 ** power;
}

/** Writes a whole number of bytes as the shortest text with binary units: `1MiB512KiB`. */
export function formatByteSize(bytes: number): string {
  if (bytes === 0) return '0B';
  let text = bytes < 0 ? '-' : '';
  let rest = Math.abs(bytes);
  for (let power = UNIT_LETTERS.length - 1; power >= 0; power--) {
    const unit = 1024 ** power;
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${power === 0 ? 'B' : `${UNIT_LETTERS[power] ?? ''}iB`}`;
    rest -= count * unit;
  }
  return text;
}

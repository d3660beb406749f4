const MEASURES = ['B', 'K', 'M', 'G', 'T', 'P', 'E'] as const;
const WHOLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[A-Za-z]+(?:(?:\d+(?:\.\d*)?|\.\d+)[A-Za-z]+)*)$/;
const PART = /(\d*(?:\.\d*)?)([A-Za-z]+)/gy;
/** Upstream counts in int64. */
const LARGEST = 2 ** 63;

/**
 * Bytes of a size such as `10MB`, `1.5KiB` or `1MiB512KiB`: both families of units count by powers of 1024, one family a text.
 * Zero and negative sizes mean "no limit" where they are used. Throws an Error that says what is wrong, also for `10` and `1kB`.
 */
export function parseByteSize(text: string): number {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!WHOLE.test(text)) throw new Error(/^[+-]?[\d.]+$/.test(text) ? 'the unit is missing' : 'not a size');
  const parts = [...text.replace(/^[+-]/, '').matchAll(PART)];
  const suffix = parts.some(([, , unit = '']) => unit.endsWith('iB')) ? 'iB' : 'B';
  let total = 0;
  for (const [, number = '', unit = ''] of parts) total += Number(number) * bytesOfUnit(unit, suffix);
  if (total > LARGEST) throw new Error('too large');
  // 2^63 itself overflows to the most negative size upstream, which is no limit either.
  if (total === LARGEST) return -LARGEST;
  const bytes = Math.trunc(total);
  return text.startsWith('-') ? 0 - bytes : bytes;
}

function bytesOfUnit(unit: string, suffix: 'iB' | 'B'): number {
  const power = MEASURES.findIndex((letter) => unit === (letter === 'B' ? 'B' : letter + suffix));
  if (power < 0) throw new Error(`unknown unit ${unit}`);
  return 1024 ** power;
}

/** The shortest text with binary units for a whole number of bytes: `1MiB512KiB`. */
export function formatByteSize(bytes: number): string {
  if (bytes === 0) return '0B';
  let text = bytes < 0 ? '-' : '';
  let rest = Math.abs(bytes);
  for (let power = MEASURES.length - 1; power >= 0; power--) {
    const unit = 1024 ** power;
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${power === 0 ? 'B' : `${MEASURES[power] ?? ''}iB`}`;
    rest -= count * unit;
  }
  return text;
}

/**
 * Writes a number as Go's `strconv.FormatFloat(x, 'g', -1, 64)` does, which every Prometheus program prints: the
 * shortest digits that read back as the same float, with an exponent of at least two digits below 1e-04 and from 1e+06
 * up.
 */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && value > -1_000_000 && value < 1_000_000) {
    return value === 0 && Object.is(value, -0) ? '-0' : String(value);
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  if (magnitude === Infinity) return value > 0 ? '+Inf' : '-Inf';
  const text = value.toExponential();
  const at = text.indexOf('e');
  const digits = text.slice(at + 2);
  return text.slice(0, at + 2) + (digits.length < 2 ? `0${digits}` : digits);
}

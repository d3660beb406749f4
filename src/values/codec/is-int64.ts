/** Whether decimal digits fit into 63 bits. Long ones are not made a number, which takes quadratic time. */
export function isInt64(digits: string): boolean {
  const significant = digits.replace(/^0+/, '');
  return significant.length < 19 || (significant.length === 19 && BigInt(significant) <= 2n ** 63n - 1n);
}

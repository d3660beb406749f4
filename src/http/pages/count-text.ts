/**
 * Returns a whole number from zero up with commas between thousands. `toLocaleString` loads ICU's data the first time,
 * which held the event loop for 15 to 200 ms.
 */
export function countText(count: number): string {
  let rest = String(count);
  const parts: string[] = [];
  for (; rest.length > 3; rest = rest.slice(0, -3)) parts.unshift(rest.slice(-3));
  return [rest, ...parts].join(',');
}

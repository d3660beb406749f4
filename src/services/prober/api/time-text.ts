/** The longest distance from the epoch that a date can have, in seconds (ECMA-262, 21.4.1.1). */
const LARGEST_SECONDS = 8.64e12;

/** A time as RFC 3339 in UTC; undefined if it is not a valid time. */
export function timeText(seconds: number): string | undefined {
  return Math.abs(seconds) <= LARGEST_SECONDS ? new Date(seconds * 1000).toISOString() : undefined;
}

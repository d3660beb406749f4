import { CertificateError, type DerCursor } from './der-cursor.js';

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * Year, month, day, hour, minute, second and zone. UTCTime may omit the second, which RFC 5280 forbids but Go allows.
 */
const UTC_DIGITS = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/;
const GENERALIZED_DIGITS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4})$/;

/** Reads the next element as a time, in seconds of Unix time. Throws CertificateError. */
export function readTime(cursor: DerCursor): number {
  switch (cursor.peek()) {
    case UTC_TIME:
      return timeIn(cursor, UTC_DIGITS, 'malformed UTCTime');
    case GENERALIZED_TIME:
      return timeIn(cursor, GENERALIZED_DIGITS, 'malformed GeneralizedTime');
    default:
      throw new CertificateError('unsupported time format');
  }
}

function timeIn(cursor: DerCursor, pattern: RegExp, problem: string): number {
  // No valid time is longer, and the patterns need not run on longer texts.
  const isReadable = cursor.readAny() && cursor.stop - cursor.start <= 19;
  const digits = isReadable ? pattern.exec(cursor.lastContent().toString('latin1')) : null;
  const seconds = digits === null ? undefined : secondsOf(digits);
  if (seconds === undefined) throw new CertificateError(problem);
  return seconds;
}

function secondsOf([, yearDigits = '', ...rest]: RegExpExecArray): number | undefined {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest
    .slice(0, 5)
    .map((each: string | undefined) => Number(each ?? '0'));
  const offset = offsetOf(rest[5] ?? '');
  // Two digits mean 1950 to 2049 (RFC 5280, section 4.1.2.5.1).
  const year = Number(yearDigits) + (yearDigits.length === 4 ? 0 : Number(yearDigits) < 50 ? 2000 : 1900);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  date.setUTCHours(hour, minute, second);
  return date.getTime() / 1000 - offset;
}

/** Returns the seconds by which the zone is ahead of UTC. A zero offset must be written as Z. */
function offsetOf(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3));
  const seconds = (hours * 60 + minutes) * 60;
  if (seconds === 0 || hours > 24 || minutes > 59) return undefined;
  return zone.startsWith('-') ? -seconds : seconds;
}

const MONTH = '(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)';
const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';
const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = '(?:mon|tues|wednes|thurs|fri|satur|sun)day';
const TIME = '(?<hour>\\d{1,2}):(?<minute>\\d{2}):(?<second>\\d{2})(?:[.,]\\d+)?';

/**
 * The three formats of an HTTP date (RFC 9110 §5.6.7), as Go's `http.ParseTime` reads them: IMF-fixdate, RFC 850,
 * asctime. More blanks, other letter case, an hour of one digit and parts of a second pass.
 */
const FORMATS = [
  new RegExp(`^${DAY}, +(?<day>\\d{2}) +${MONTH} +(?<year>\\d{4}) +${TIME} +(?<zone>GMT)$`, 'i'),
  new RegExp(`^${LONG_DAY}, +(?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) +${TIME} +(?<zone>\\S+)$`, 'i'),
  new RegExp(`^${DAY} +${MONTH} +(?<day>\\d{1,2}) +${TIME} +(?<year>\\d{4})$`, 'i'),
];

/** What Go takes for the name of a time zone, in at least three characters; none of them changes the time. */
const ZONE =
  /^(?:GMT(?:[+-]0*(?:\d|1\d|2[0-3]))?|ChST|MeST|[+-](?=\d\d)0*(?:\d|1\d|2[0-3])|[A-Z]{3}|[A-Z]{3}T|WITA|[A-Z]{4}T)$/;

/** The longest date that is read, in characters. */
const LONGEST_DATE = 1024;

/** An HTTP date in Unix time, which may be negative; undefined if the text is none. */
export function parseHttpDate(text: string): number | undefined {
  if (text.length > LONGEST_DATE) return undefined;
  for (const format of FORMATS) {
    const groups = format.exec(text)?.groups;
    if (groups !== undefined) return toUnixSeconds(groups);
  }
  return undefined;
}

function toUnixSeconds(groups: Readonly<Record<string, string | undefined>>): number | undefined {
  const number = (name: 'day' | 'hour' | 'minute' | 'second'): number => Number(groups[name]);
  const month = MONTHS.indexOf(groups['month']?.toLowerCase() ?? '') / 3;
  const [year, day, hour, minute, second] = [
    fullYear(groups['year'] ?? ''),
    ...(['day', 'hour', 'minute', 'second'] as const).map(number),
  ] as [number, number, number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  const isZone = ZONE.test(groups['zone'] ?? 'GMT');
  if (hour > 23 || minute > 59 || second > 59 || date.getUTCDate() !== day || !isZone) return undefined;
  date.setUTCHours(hour, minute, second);
  return date.getTime() / 1000;
}

/** Two digits mean 1969 to 2068, as in Go. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : year >= 69 ? 1900 + year : 2000 + year;
}

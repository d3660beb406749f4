const MONTH = '(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';

/** The three formats of an HTTP date (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, asctime. */
const FORMATS = [
  new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} [A-Z]{3,4}$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** An HTTP date in Unix time, which may be negative; undefined if the text is none. */
export function parseHttpDate(text: string): number | undefined {
  for (const format of FORMATS) {
    const groups = format.exec(text)?.groups;
    if (groups !== undefined) return toUnixSeconds(groups);
  }
  return undefined;
}

function toUnixSeconds(groups: Readonly<Record<string, string>>): number | undefined {
  const number = (name: 'day' | 'hour' | 'minute' | 'second'): number => Number(groups[name]);
  const month = MONTHS.indexOf(groups['month'] ?? '') / 3;
  const [year, day, hour, minute, second] = [
    fullYear(groups['year'] ?? ''),
    ...(['day', 'hour', 'minute', 'second'] as const).map(number),
  ] as [number, number, number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (hour > 23 || minute > 59 || second > 59 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  return date.getTime() / 1000;
}

/** Two digits mean 1969 to 2068, as in Go. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : year >= 69 ? 1900 + year : 2000 + year;
}

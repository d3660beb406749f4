import { parseFloatText } from '../../../metrics/parse-float.js';
import type { TextRows } from '../../server-client/packed-rows.js';
import { StatementRefused } from '../../server-client/run-collectors.js';

/** Words that stand for a number (mysqld_exporter 0.19). */
const WORDS: ReadonlyMap<string, number> = new Map([
  ...['yes', 'on', 'primary'].map((word) => [word, 1] as const),
  ...['no', 'off', 'disabled', 'connecting', 'non-primary', 'disconnected'].map((word) => [word, 0] as const),
]);
const LONGEST_WORD = 12;

/** Servers have some 600 variables and 1,500 numbers of their status. */
const MOST_VALUES = 5000;

/** Throws StatementRefused for more variables, or numbers of a status, than a server has. */
export function checkCount({ length }: TextRows): void {
  if (length > MOST_VALUES) throw new StatementRefused(`more than ${MOST_VALUES} rows`);
}

/** A value of a status or of a variable as a number: numbers, switches and times; undefined for all other texts. */
export function statusValue(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const number = parseFloatText(text);
  if (number !== undefined) return number;
  if (text.length <= LONGEST_WORD) return WORDS.get(text.toLowerCase());
  return timeOf(text);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A time of a certificate, `Nov 29 08:00:00 2027 GMT`, or of the server, `2027-11-29 08:00:00`, in whole Unix seconds.
 */
function timeOf(text: string): number | undefined {
  const [, name = '', day, clock = '', year] =
    /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4}) [A-Z]{3,4}$/.exec(text) ?? [];
  const month = MONTHS.indexOf(name) + 1;
  if (month > 0) return unixSeconds(`${year}-${twoDigits(month)}-${twoDigits(Number(day))}T${clock}Z`);
  const [, date, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,9})?$/.exec(text) ?? [];
  return date === undefined ? undefined : unixSeconds(`${date}T${time}Z`);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

function unixSeconds(iso: string): number | undefined {
  const milliseconds = Date.parse(iso);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

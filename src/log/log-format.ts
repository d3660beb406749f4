import type { Fields } from '../probe/fields.js';
import type { LogEntry } from '../probe/probe-log.js';
import { wellFormed } from '../values/byte-string.js';
import { formatNumber } from '../values/go/format-number.js';
import { goQuote, isPrintable } from '../values/go/go-quote.js';
import { maskUrlPasswords } from '../values/masked-text.js';

/** The forms of a log line, by their names on the command line (`--log.format`). */
export const LOG_FORMATS = ['logfmt', 'json'] as const;

/** The form of a log line. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Makes one line of text, without a line feed, of one log entry; the context's fields stand before the entry's own. */
export type LogFormatter = (entry: LogEntry, context?: Fields) => string;

/**
 * Go's slog in its two forms, keys time, level, msg. There is no `source`: a place in our code means nothing to a
 * reader of upstream's.
 */
export const logFormatters: Readonly<Record<LogFormat, LogFormatter>> = { logfmt: formatLogfmt, json: formatJson };

function formatLogfmt(entry: LogEntry, context: Fields = {}): string {
  let line = `time=${localTime(entry.wallSeconds)} level=${entry.level.toUpperCase()} msg=${quoteIfNeeded(entry.message)}`;
  for (const fields of [context, entry.fields]) {
    for (const key in fields) line += ` ${quoteIfNeeded(key)}=${quoteIfNeeded(textOf(fields[key]))}`;
  }
  return line;
}

/** A key that the context and the entry both have is written twice, as slog does. */
function formatJson(entry: LogEntry, context: Fields = {}): string {
  let line = `{"time":"${localTime(entry.wallSeconds)}","level":"${entry.level.toUpperCase()}","msg":${JSON.stringify(entry.message)}`;
  for (const fields of [context, entry.fields]) {
    for (const key in fields) line += `,${JSON.stringify(key)}:${jsonOf(fields[key])}`;
  }
  return `${line}}`;
}

type FieldValue = Fields[string] | undefined;

function textOf(value: FieldValue): string {
  return typeof value === 'number' ? formatNumber(value) : maskUrlPasswords(String(value));
}

function jsonOf(value: FieldValue): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(formatNumber(value));
  return JSON.stringify(typeof value === 'string' ? wellFormed(maskUrlPasswords(value)) : (value ?? null));
}

/** slog quotes what is empty or has blanks, `=`, `"` or anything unprintable in it. */
function quoteIfNeeded(text: string): string {
  return text === '' || /[\s="]/.test(text) || !isPrintable(text) ? goQuote(text) : text;
}

/** RFC 3339 in the local zone with milliseconds; `Z` where the zone is UTC. */
function localTime(wallSeconds: number): string {
  const milliseconds = Math.floor(wallSeconds * 1000);
  const eastMinutes = -new Date(milliseconds).getTimezoneOffset();
  const shifted = new Date(milliseconds + eastMinutes * 60_000).toISOString();
  if (eastMinutes === 0) return shifted;
  const distance = Math.abs(eastMinutes);
  const hours = String(Math.floor(distance / 60)).padStart(2, '0');
  const minutes = String(distance % 60).padStart(2, '0');
  return `${shifted.slice(0, -1)}${eastMinutes < 0 ? '-' : '+'}${hours}:${minutes}`;
}

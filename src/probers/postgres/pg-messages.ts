import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { LONGEST_SHOWN } from '../../values/shown-text.js';
import type { TextRow } from '../server-client/packed-rows.js';
import { RowTexts } from '../server-client/row-texts.js';

/** The log line of a failure after the connection was made. */
export const REQUEST_FAILED = 'Error asking the PostgreSQL server';

/** The failure of an answer. */
export function refused(reason: FailureReason, err: string): ProbeFailure {
  return new ProbeFailure('request', reason, REQUEST_FAILED, { err });
}

/** The authentication methods that the client knows, by their names in pg_hba.conf. */
export type AuthMethod = 'scram-sha-256' | 'md5' | 'password';

/** The most columns of an answer: those that the server itself allows (MaxTupleAttributeNumber). */
const MOST_COLUMNS = 1664;
/** The bytes of a column after its name: two ids, type, sizes and format. */
const COLUMN_BYTES = 18;

/** Checks the form of a message; throws a ProbeFailure. */
type Reader = (message: Buffer) => void;

/**
 * Checks a message. Throws a ProbeFailure for one that does not have the protocol's form (PostgreSQL manual, Message
 * Formats), or that answers no statement of ours. Its type and its length, with which it begins, are known to be right.
 */
export function checkMessage(message: Buffer): void {
  const check = CHECKS.get(String.fromCharCode(message[0] ?? 0));
  if (check === undefined) throw malformed('a message that nobody asked for');
  check(message);
}

const CHECKS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['R', checkAuthentication],
  [
    'S',
    (message) => {
      checkTexts(message, 5, 2);
    },
  ],
  [
    'K',
    (message) => {
      checkLengthOf(message, 12);
    },
  ],
  ['Z', checkReady],
  [
    'I',
    (message) => {
      checkLengthOf(message, 4);
    },
  ],
  [
    'C',
    (message) => {
      checkTexts(message, 5, 1);
    },
  ],
  // Parse, bind and the end of a portal that has more rows; no rows at all.
  ...['1', '2', 's', 'n'].map((type): [string, Reader] => [
    type,
    (message) => {
      checkLengthOf(message, 4);
    },
  ]),
  ['E', checkFields],
  ['N', checkFields],
  ['T', checkColumns],
]);

/** The methods of the requests for authentication. */
const METHODS: ReadonlyMap<number, AuthMethod> = new Map([
  [3, 'password'],
  [5, 'md5'],
  [10, 'scram-sha-256'],
]);

/** A message of authentication: it asks for the password, goes on with an exchange, or says that the log-in is done. */
export interface Authentication {
  readonly code: number;
  /** The method that it asks for; undefined if it asks for none. */
  readonly method: AuthMethod | undefined;
  readonly data: Buffer;
}

/** The code for a log-in that is done. */
export const AUTHENTICATED = 0;
/** The code for an exchange that goes on. */
export const SASL_CONTINUES = 11;
/** The code for the end of an exchange. */
export const SASL_ENDS = 12;

/** Reads a message of authentication that was checked. Throws the ProbeFailure auth_failed for an unknown method. */
export function readAuthentication(message: Buffer): Authentication {
  const code = message.readInt32BE(5);
  const method = METHODS.get(code);
  if (method !== undefined || [AUTHENTICATED, SASL_CONTINUES, SASL_ENDS].includes(code)) {
    return { code, method, data: message.subarray(9) };
  }
  throw refused('auth_failed', `the server wants a way of logging in that is not known here (${code})`);
}

/** Lists of mechanisms and challenges have some hundred bytes. */
const LARGEST_AUTHENTICATION = 8192;

function checkAuthentication(message: Buffer): void {
  if (message.length > LARGEST_AUTHENTICATION) {
    throw tooLarge(`a request for authentication of ${message.length} bytes`);
  }
  if (message.length < 9) throw malformed('a request for authentication that is cut off');
  const code = message.readInt32BE(5);
  if (code === 0 || code === 3) checkLengthOf(message, 8);
  if (code === 5) checkLengthOf(message, 12);
  if (code !== 10) return;
  let at = 9;
  while (message[at] !== 0) {
    at = message.indexOf(0, at) + 1;
    if (at === 0 || at >= message.length) throw malformed('a list of mechanisms that does not end');
  }
}

/** Idle, in a transaction, and in one that failed (PostgreSQL manual, ReadyForQuery). */
const TRANSACTION_STATES = new Set(Buffer.from('ITE'));

function checkReady(message: Buffer): void {
  checkLengthOf(message, 5);
  if (!TRANSACTION_STATES.has(message[5] ?? 0)) throw malformed('a state of the transaction that is none');
}

function checkLengthOf(message: Buffer, length: number): void {
  if (message.length !== length + 1) throw malformed('a message with the wrong length');
}

/** Checks texts, each with a zero at its end, and nothing after them. */
function checkTexts(message: Buffer, from: number, count: number): void {
  let at = from;
  for (let index = 0; index < count; index++) {
    at = message.indexOf(0, at) + 1;
    if (at === 0) throw malformed('a text without its end');
  }
  if (at !== message.length) throw malformed('a message with more than it should have');
}

/** PostgreSQL has some twenty. */
const MOST_FIELDS = 100;

/** Checks errors and notices: a byte that names the field, its text, and so on until a zero. */
function checkFields(message: Buffer): void {
  let at = 5;
  for (let count = 0; at < message.length && message[at] !== 0; count++) {
    if (count === MOST_FIELDS) throw tooLarge(`an error with more than ${MOST_FIELDS} fields`);
    at = message.indexOf(0, at + 1) + 1;
    if (at === 0) throw malformed('a field without its end');
  }
  if (at !== message.length - 1) throw malformed('fields without their end');
}

function checkColumns(message: Buffer): void {
  const count = countOf(message);
  if (count > MOST_COLUMNS) throw tooLarge('more columns than were asked for');
  let at = 7;
  for (let index = 0; index < count; index++) {
    const end = message.indexOf(0, at);
    if (end === -1) throw malformed('a column without a name');
    at = end + 1 + COLUMN_BYTES;
  }
  if (at !== message.length) throw malformed('columns that do not fill their message');
}

/** A column of an answer. */
export interface ColumnHead {
  readonly name: string;
  /** The id of its type (pg_type.oid). */
  readonly type: number;
}

/** Reads the description of columns that was checked. */
export function readColumns(message: Buffer): readonly ColumnHead[] {
  let at = 7;
  return Array.from({ length: countOf(message) }, () => {
    const end = message.indexOf(0, at);
    const name = message.toString('utf8', at, end);
    at = end + 1 + COLUMN_BYTES;
    return { name, type: message.readUInt32BE(end + 7) };
  });
}

/** Checks the form of a row. Throws a ProbeFailure for a malformed one. */
export function checkRow(message: Buffer): void {
  eachValue(message, () => undefined);
}

/** Reads the values of a row; NULL becomes null. */
export function readRow(message: Buffer): TextRow {
  const row: (string | null)[] = [];
  const texts = new RowTexts(message);
  eachValue(message, (start, end) => {
    row.push(start > end ? null : texts.text(start, end));
  });
  return row;
}

/** Calls back with where each value begins and ends; NULL ends before it begins. */
function eachValue(message: Buffer, take: (start: number, end: number) => void): void {
  const count = countOf(message);
  if (count > MOST_COLUMNS) throw tooLarge('more columns than were asked for');
  let at = 7;
  for (let index = 0; index < count; index++) {
    if (at + 4 > message.length) throw malformed('a row that is cut off');
    const length = message.readInt32BE(at);
    if (length < -1) throw malformed('a value of negative length');
    const start = at + 4;
    at = start + Math.max(length, 0);
    if (at > message.length) throw malformed('a value that is longer than its row');
    take(start, start + length);
  }
  if (at !== message.length) throw malformed('a row with more than its values');
}

/** An error that a server reports. */
export interface ServerError {
  /** ERROR, FATAL or PANIC. */
  readonly severity: string;
  /** The SQLSTATE (PostgreSQL manual, appendix A). */
  readonly state: string;
  readonly text: string;
}

/** Of each text of an error: more than is shown, since a character has four bytes at most. */
const MOST_TEXT_BYTES = 4 * (LONGEST_SHOWN + 2);

/** Reads the fields of an error that was checked, the beginnings of long ones. */
export function readError(message: Buffer): ServerError {
  const fields = new Map<string, string>();
  for (let at = 5; message[at] !== 0;) {
    const end = message.indexOf(0, at + 1);
    const text = message.toString('utf8', at + 1, Math.min(end, at + 1 + MOST_TEXT_BYTES));
    fields.set(String.fromCharCode(message[at] ?? 0), text);
    at = end + 1;
  }
  const field = (name: string): string => fields.get(name) ?? '';
  // Servers before 9.6 send the severity in their own language only.
  return { severity: field('V') || field('S'), state: field('C'), text: field('M') };
}

/** How many columns a row, or the description of rows, has. */
export function countOf(message: Buffer): number {
  if (message.length < 7) throw malformed('a message that is cut off');
  return message.readUInt16BE(5);
}

/** The failure of bytes that are not the protocol. */
export function malformed(what: string): ProbeFailure {
  return refused('protocol_error', `no answer of PostgreSQL: ${what}`);
}

/** The failure of an answer that is larger than its bound. */
export function tooLarge(what: string): ProbeFailure {
  return refused('response_too_large', what);
}

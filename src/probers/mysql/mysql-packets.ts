import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { TextRow } from '../server-client/packed-rows.js';
import { RowTexts } from '../server-client/row-texts.js';

/** The log line of a failure after the connection was made. */
export const REQUEST_FAILED = 'Error asking the MySQL server';

/** The failure of an answer. */
export function refused(reason: FailureReason, err: string): ProbeFailure {
  return new ProbeFailure('request', reason, REQUEST_FAILED, { err });
}

/** The failure of bytes that are not the protocol. */
export function malformed(what: string): ProbeFailure {
  return refused('protocol_error', `no answer of MySQL: ${what}`);
}

/** The failure of an answer that is larger than its bound. */
export function tooLarge(what: string): ProbeFailure {
  return refused('response_too_large', what);
}

/** More columns than any statement of ours has. */
export const MOST_COLUMNS = 200;
/** Texts of errors are below 1 KiB (MySQL manual, mysql_error). */
const LARGEST_ERROR_BYTES = 4096;
/** The part of a column behind its names (MySQL internals, ColumnDefinition41). */
const COLUMN_BYTES = 12;
const COLUMN_NAMES = 6;
/** The index of the name that the statement gave the column. */
const COLUMN_NAME = 4;

/** The first byte of the packet that ends a statement, or the log-in, with success. */
export const OK = 0x00;
/** The first byte of further data of the authentication plugin. */
export const MORE_DATA = 0x01;
/** The first byte of the end of columns or rows, and of the request for another authentication plugin. */
export const END = 0xfe;
/** The first byte of an error. */
export const ERROR = 0xff;
/** The byte that stands for NULL in the place of a length. */
const NULL_VALUE = 0xfb;

/** A length in the protocol's own encoding, and where what follows it begins. */
interface Length {
  readonly value: number;
  readonly next: number;
}

/** Reads a length-encoded integer. Throws a ProbeFailure for one that is cut off or malformed. */
export function lengthAt(payload: Buffer, at: number): Length {
  const first = payload[at];
  if (first === undefined) throw malformed('a length that is cut off');
  if (first < NULL_VALUE) return { value: first, next: at + 1 };
  const bytes = LENGTH_BYTES.get(first);
  if (bytes === undefined) throw malformed('a length that is none');
  const next = at + 1 + bytes;
  if (next > payload.length) throw malformed('a length that is cut off');
  return { value: bytes === 8 ? Number(payload.readBigUInt64LE(at + 1)) : payload.readUIntLE(at + 1, bytes), next };
}

const LENGTH_BYTES: ReadonlyMap<number, number> = new Map([
  [0xfc, 2],
  [0xfd, 3],
  [END, 8],
]);

/** Reads the name of a column from its description. Throws a ProbeFailure for a malformed one. */
export function readColumn(payload: Buffer): string {
  let at = 0;
  let name = '';
  for (let index = 0; index < COLUMN_NAMES; index++) {
    const end = textEnd(payload, at);
    if (index === COLUMN_NAME) name = payload.toString('utf8', lengthAt(payload, at).next, end);
    at = end;
  }
  if (payload[at] !== COLUMN_BYTES || payload.length !== at + 1 + COLUMN_BYTES) {
    throw malformed('a column that does not fill its packet');
  }
  return name;
}

/** Checks a row. Throws a ProbeFailure unless it has exactly one value for each column. */
export function checkRow(payload: Buffer, columns: number): void {
  eachValue(payload, columns, () => undefined);
}

/** Reads the values of a row; NULL becomes null. */
export function readRow(payload: Buffer, columns: number): TextRow {
  const row: (string | null)[] = [];
  const texts = new RowTexts(payload);
  eachValue(payload, columns, (start, end) => {
    row.push(start > end ? null : texts.text(start, end));
  });
  return row;
}

/** Calls back with where each value begins and ends; NULL ends before it begins. */
function eachValue(payload: Buffer, columns: number, take: (start: number, end: number) => void): void {
  let at = 0;
  for (let index = 0; index < columns; index++) {
    const first = payload[at] ?? ERROR;
    if (first === NULL_VALUE) {
      take(at, at - 1);
      at++;
      continue;
    }
    // Nearly all values are short, and an answer has thousands of them.
    const { value, next } = first < NULL_VALUE ? { value: first, next: at + 1 } : lengthAt(payload, at);
    at = next + value;
    if (at > payload.length) throw malformed('a text that is longer than its packet');
    take(next, at);
  }
  if (at !== payload.length) throw malformed('a row that does not fill its packet');
}

function textEnd(payload: Buffer, at: number): number {
  const { value, next } = lengthAt(payload, at);
  if (value > payload.length - next) throw malformed('a text that is longer than its packet');
  return next + value;
}

/**
 * Checks the OK packet at the end of a statement. Throws a ProbeFailure for a malformed one, and if another result
 * follows.
 */
export function checkOk(payload: Buffer): void {
  const { next } = lengthAt(payload, lengthAt(payload, 1).next);
  if (payload.length < next + 4) throw malformed('an OK that is cut off');
  if (payload.length > next + LARGEST_ERROR_BYTES) throw tooLarge('an OK with too long a text');
  checkStatus(payload.readUInt16LE(next));
}

/** Checks the packet at the end of columns or rows, in the same way. */
export function checkEnd(payload: Buffer): void {
  if (payload.length !== 5) throw malformed('an end of the wrong length');
  checkStatus(payload.readUInt16LE(3));
}

const MORE_RESULTS = 0x0008;

function checkStatus(status: number): void {
  if ((status & MORE_RESULTS) !== 0) throw malformed('further results, which nobody asked for');
}

/** An error that a server reports. */
export interface ServerError {
  /** The number in MySQL's Server Error Message Reference. */
  readonly number: number;
  readonly text: string;
}

/** Reads an error. Throws a ProbeFailure for a malformed one. */
export function readError(payload: Buffer): ServerError {
  if (payload.length < 3) throw malformed('an error that is cut off');
  if (payload.length > LARGEST_ERROR_BYTES) throw tooLarge(`an error of ${payload.length} bytes`);
  // Errors before the log-in have no SQLSTATE.
  const from = payload[3] === 0x23 && payload.length >= 9 ? 9 : 3;
  return { number: payload.readUInt16LE(1), text: payload.toString('utf8', from) };
}

/** The request of a server to use another authentication plugin than its greeting named. */
export interface OtherPlugin {
  readonly plugin: string;
  /** The challenge for the proof. */
  readonly data: Buffer;
}

/** The longest name of a plugin that is shown, in bytes. */
const LONGEST_PLUGIN = 64;

/** Reads the request for another plugin. Throws a ProbeFailure for one that is cut off. */
export function readOtherPlugin(payload: Buffer): OtherPlugin {
  const end = payload.indexOf(0, 1);
  if (end === -1) throw malformed('a request for another way of logging in that is cut off');
  return { plugin: payload.toString('latin1', 1, Math.min(end, LONGEST_PLUGIN + 1)), data: payload.subarray(end + 1) };
}

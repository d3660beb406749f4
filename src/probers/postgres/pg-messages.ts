import { type FailureReason, ProbeFailure } from '../../probe/failure.js';

/** The log line of a failure after the connection was made. */
export const REQUEST_FAILED = 'Error asking the PostgreSQL server';

/** The failure of an answer. */
export function refused(reason: FailureReason, err: string): ProbeFailure {
  return new ProbeFailure('request', reason, REQUEST_FAILED, { err });
}

/** How a server may want the user to prove who he is: the names of pg_hba.conf. */
export type AuthMethod = 'scram-sha-256' | 'md5' | 'password';

/** More columns than any statement of ours has. */
const MOST_COLUMNS = 100;
/** What a column has behind its name: two ids, type, sizes and format. */
const COLUMN_BYTES = 18;

/** Where in a message something stands. */
type Reader = (message: Buffer) => void;

/**
 * Throws a ProbeFailure for a message that is not built as the protocol says (PostgreSQL manual, Message Formats), or
 * that no statement of ours is answered by. A message begins with its type and its length, which is right.
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
  [
    'Z',
    (message) => {
      checkLengthOf(message, 5);
    },
  ],
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
  ['E', checkFields],
  ['N', checkFields],
  ['T', checkColumns],
  ['D', checkRow],
]);

/** The methods of the requests for authentication that pg answers. */
const METHODS: ReadonlyMap<number, AuthMethod> = new Map([
  [3, 'password'],
  [5, 'md5'],
  [10, 'scram-sha-256'],
]);

/** The method that a message asks for; undefined if it asks for none. Throws for methods that nobody here knows. */
export function askedMethod(message: Buffer): AuthMethod | undefined {
  if (message[0] !== 0x52) return undefined;
  const code = message.readInt32BE(5);
  const method = METHODS.get(code);
  if (method !== undefined || code === 0 || code === 11 || code === 12) return method;
  throw refused('auth_failed', `the server wants a way of logging in that is not known here (${code})`);
}

function checkAuthentication(message: Buffer): void {
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

function checkLengthOf(message: Buffer, length: number): void {
  if (message.length !== length + 1) throw malformed('a message with the wrong length');
}

/** Texts, each with a zero at its end, and nothing behind them. */
function checkTexts(message: Buffer, from: number, count: number): void {
  let at = from;
  for (let index = 0; index < count; index++) {
    at = message.indexOf(0, at) + 1;
    if (at === 0) throw malformed('a text without its end');
  }
  if (at !== message.length) throw malformed('a message with more than it should have');
}

/** Errors and notices: a byte that names the field, its text, and so on until a zero. */
function checkFields(message: Buffer): void {
  let at = 5;
  while (at < message.length && message[at] !== 0) {
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

function checkRow(message: Buffer): void {
  const count = countOf(message);
  if (count > MOST_COLUMNS) throw tooLarge('more columns than were asked for');
  let at = 7;
  for (let index = 0; index < count; index++) {
    if (at + 4 > message.length) throw malformed('a row that is cut off');
    const length = message.readInt32BE(at);
    if (length < -1) throw malformed('a value of negative length');
    at += 4 + Math.max(length, 0);
    if (at > message.length) throw malformed('a value that is longer than its row');
  }
  if (at !== message.length) throw malformed('a row with more than its values');
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

/** The failure of an answer beyond what is held. */
export function tooLarge(what: string): ProbeFailure {
  return refused('response_too_large', what);
}

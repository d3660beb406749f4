import { isUtf8 } from 'node:buffer';
import { inSlices, type Steps } from '../values/in-slices.js';
import { FileProblem } from './file-problem.js';
import { readRegularFile } from './regular-file.js';

/** Bytes that are decoded, and lines that are looked at, before the clock is checked. */
const BYTES_A_LOOK = 64 * 1024;
const LINES_A_LOOK = 256;
/** No column is looked for in longer lines, in bytes. */
const LONGEST_LINE = 64 * 1024;
/** Bytes of a character in UTF-8. */
const LONGEST_CHARACTER = 4;

const REASON = 'the file is not UTF-8; save it as UTF-8';

/** A text file with bytes that are no characters. The message begins with the place, such as `a.yml:3:7`. */
export class NotUtf8Problem extends FileProblem {
  /** `place` is line and column, such as `3:7`; undefined for UTF-16. */
  constructor(path: string, place: string | undefined, cause: unknown) {
    super(path, { verb: 'read', reason: REASON, cause });
    this.message = `${place === undefined ? path : `${path}:${place}`}: ${REASON}`;
  }
}

/**
 * Reads a text file that a user has named, as `readRegularFile` does. Rejects with a NotUtf8Problem as well: a
 * replacement character in a name or a password would be a value that nobody has written.
 */
export async function readTextFile(path: string, limit: number): Promise<string> {
  const { bytes } = await readRegularFile(path, limit);
  return inSlices(decodeText(path, bytes));
}

/**
 * Decodes a text file: UTF-8, or UTF-16 if it has a byte order mark, which stays the first character. Throws a
 * NotUtf8Problem.
 */
export function* decodeText(path: string, bytes: Buffer): Steps<string> {
  const encoding = encodingOf(bytes);
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  try {
    let text = '';
    for (let at = 0; at < bytes.length; at += BYTES_A_LOOK) {
      yield;
      text += decoder.decode(bytes.subarray(at, at + BYTES_A_LOOK), { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new NotUtf8Problem(path, encoding === 'utf-8' ? yield* firstBadPlace(bytes) : undefined, error);
  }
}

/** A line feed is never a part of a longer character, so each line is UTF-8 or not by itself. */
function* firstBadPlace(bytes: Buffer): Steps<string> {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    if (line % LINES_A_LOOK === 0) yield;
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    const text = bytes.subarray(start, end);
    if (!isUtf8(text)) return text.length > LONGEST_LINE ? String(line) : `${line}:${firstBadColumn(text)}`;
    start = end + 1;
  }
  return String(line);
}

/** The column of the first byte that is no character, counted from 1 in UTF-16 units as in all places. */
function firstBadColumn(line: Buffer): number {
  let [valid, tried] = [0, line.length + 1];
  while (tried - valid > 1) {
    const middle = (valid + tried) >> 1;
    if (isUtf8(wholeCharacters(line.subarray(0, middle)))) valid = middle;
    else tried = middle;
  }
  return wholeCharacters(line.subarray(0, valid)).toString('utf8').length + 1;
}

/** Leaves out a character at the end that is not complete. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back < LONGEST_CHARACTER; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    // The first byte of several tells how many they are (RFC 3629, section 3).
    const octets = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte >= 0xc0) return octets > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

import { isUtf8 } from 'node:buffer';
import { inSlices, type Steps } from '../values/in-slices.js';
import { FileProblem } from './file-problem.js';
import { readRegularFile } from './regular-file.js';

/** Bytes that are decoded, and lines that are looked at, before the clock is checked. */
const BYTES_A_LOOK = 64 * 1024;
const LINES_A_LOOK = 256;

const REASON = 'the file is not UTF-8; save it as UTF-8';

/** A text file with bytes that are no characters. The message begins with the place, such as `a.yml:3`. */
export class NotUtf8Problem extends FileProblem {
  /** `line` counts from 1; undefined for UTF-16. */
  constructor(path: string, line: number | undefined, cause: unknown) {
    super(path, { verb: 'read', reason: REASON, cause });
    this.message = `${line === undefined ? path : `${path}:${line}`}: ${REASON}`;
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
    throw new NotUtf8Problem(path, encoding === 'utf-8' ? yield* firstBadLine(bytes) : undefined, error);
  }
}

/** A line feed is never a part of a longer character, so each line is UTF-8 or not by itself. */
function* firstBadLine(bytes: Buffer): Steps<number> {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    if (line % LINES_A_LOOK === 0) yield;
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  return line;
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

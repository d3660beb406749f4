import { createHash } from 'node:crypto';
import { asFileProblem } from '../files/file-problem.js';
import { decodeText, NotUtf8Problem } from '../files/file-text.js';
import { readRegularFile } from '../files/regular-file.js';
import { inSlices, type Steps } from '../values/in-slices.js';
import { ConfigFileError } from './config-problem.js';

/** Upstream's words before the reason why a configuration file cannot be read. */
const UNREADABLE = 'failed to generate initial checksum for configuration file';

/** The largest file, in bytes: more than the longest text has, which is bounded in characters. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** Bytes that are hashed before the clock is checked. */
const BYTES_A_LOOK = 64 * 1024;

/** A configuration file that can be read and is not UTF-8. */
export class NotUtf8Error extends ConfigFileError {
  /** The bytes of the file as Latin-1: ASCII in it is readable, with zeros between if it is UTF-16. */
  readonly text: string;

  constructor(problem: NotUtf8Problem, bytes: Buffer) {
    super('error parsing config file', [problem.message], { cause: problem });
    this.text = bytes.toString('latin1');
  }
}

/** The content of a configuration file. */
export interface ConfigText {
  readonly text: string;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly checksum: string;
}

/**
 * Reads a configuration file in UTF-8, or in UTF-16 if it has a byte order mark. Throws a ConfigFileError in upstream's
 * words if the file cannot be read.
 */
export async function readConfigFile(path: string): Promise<ConfigText> {
  const bytes = await readBytes(path);
  try {
    const text = await inSlices(decodeText(path, bytes));
    return { text, checksum: await inSlices(checksumOf(bytes)) };
  } catch (error) {
    throw error instanceof NotUtf8Problem ? new NotUtf8Error(error, bytes) : error;
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return (await readRegularFile(path, LARGEST_BYTES)).bytes;
  } catch (error) {
    const { reason } = asFileProblem(path, error);
    throw new ConfigFileError(UNREADABLE, [`error reading YAML file: open ${path}: ${reason}`], { cause: error });
  }
}

function* checksumOf(bytes: Buffer): Steps<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += BYTES_A_LOOK) {
    yield;
    hash.update(bytes.subarray(at, at + BYTES_A_LOOK));
  }
  return hash.digest('hex');
}

import { createHash } from 'node:crypto';
import { asFileProblem } from '../files/file-problem.js';
import { readRegularFile } from '../files/regular-file.js';
import { inSlices, type Steps } from '../values/in-slices.js';
import { ConfigFileError } from './config-problem.js';

/** Upstream's words before the reason why a configuration file cannot be read. */
const UNREADABLE = 'failed to generate initial checksum for configuration file';

/** More than the longest text has, which is bounded in characters. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** So much is decoded and hashed between two looks at the clock. */
const BYTES_A_LOOK = 64 * 1024;

/** A configuration file that can be read and is not UTF-8. */
export class NotUtf8Error extends ConfigFileError {
  /** Its bytes as Latin-1: with ASCII in it, and zeros between if it is UTF-16. */
  readonly text: string;

  constructor(path: string, bytes: Buffer, cause: unknown) {
    super('error parsing config file', [`${path}: the file is not UTF-8; save it as UTF-8`], { cause });
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
  let bytes: Buffer;
  try {
    ({ bytes } = await readRegularFile(path, LARGEST_BYTES));
  } catch (error) {
    throw new ConfigFileError(
      UNREADABLE,
      [`error reading YAML file: open ${path}: ${asFileProblem(path, error).reason}`],
      {
        cause: error,
      },
    );
  }
  try {
    return await inSlices(decoded(bytes));
  } catch (error) {
    throw new NotUtf8Error(path, bytes, error);
  }
}

/** Throws a TypeError if the bytes are not in the encoding that they should be in. */
function* decoded(bytes: Buffer): Steps<ConfigText> {
  const decoder = new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: true });
  const hash = createHash('sha256');
  let text = '';
  for (let at = 0; at < bytes.length; at += BYTES_A_LOOK) {
    yield;
    const piece = bytes.subarray(at, at + BYTES_A_LOOK);
    text += decoder.decode(piece, { stream: true });
    hash.update(piece);
  }
  return { text: text + decoder.decode(), checksum: hash.digest('hex') };
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

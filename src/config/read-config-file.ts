import { readFile } from 'node:fs/promises';
import { ConfigFileError } from './config-problem.js';

/** What upstream puts before the reason why a configuration file cannot be read. */
const UNREADABLE = 'failed to generate initial checksum for configuration file';

/** The reasons of Go's error texts. */
const REASON_OF_CODE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EMFILE: 'too many open files',
};

/** A configuration file as it is on disk. */
export interface ConfigText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Reads a configuration file, UTF-8 or, with a byte order mark, UTF-16; throws a ConfigFileError in upstream's words if that is not possible. */
export async function readConfigFile(path: string): Promise<ConfigText> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new ConfigFileError(UNREADABLE, [`error reading YAML file: open ${path}: ${reasonOf(error)}`], {
      cause: error,
    });
  }
  try {
    return { bytes, text: new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    throw new ConfigFileError('error parsing config file', [`${path}: the file is not UTF-8; save it as UTF-8`], {
      cause: error,
    });
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASON_OF_CODE[code] ?? error.message;
}

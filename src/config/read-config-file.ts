import { asFileProblem } from '../files/file-problem.js';
import { readRegularFile } from '../files/regular-file.js';
import { ConfigFileError } from './config-problem.js';

/** Upstream's words before the reason why a configuration file cannot be read. */
const UNREADABLE = 'failed to generate initial checksum for configuration file';

/** More than any configuration needs. The text has its own limit, in characters. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** A configuration file that can be read and is not UTF-8. */
export class NotUtf8Error extends ConfigFileError {
  /** Its bytes as Latin-1, without zeros, so that ASCII in it can be found. */
  readonly text: string;

  constructor(path: string, bytes: Buffer, cause: unknown) {
    super('error parsing config file', [`${path}: the file is not UTF-8; save it as UTF-8`], { cause });
    this.text = bytes.toString('latin1').replaceAll('\0', '');
  }
}

/** The content of a configuration file. */
export interface ConfigText {
  readonly bytes: Uint8Array;
  readonly text: string;
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
    return { bytes, text: new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    throw new NotUtf8Error(path, bytes, error);
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

import { readTextFile } from '../../files/file-text.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { trimSpace } from '../../values/go/trim-space.js';
import { Secret } from '../../values/secret.js';
import { unlessAborted } from '../../values/unless-aborted.js';

/** More than any key, token or password; a file beyond this is not what was meant. */
const LARGEST_BYTES = 1024 * 1024;

const FAILED = 'Error for HTTP request';

/** The purpose of reading a file with a secret, and the end of waiting for it. */
export interface SecretFileUse {
  /** The start of the error message, such as `unable to read basic auth password`. */
  readonly purpose: string;
  readonly signal: AbortSignal;
}

/**
 * Reads a file that holds a secret, trimmed of white space as Go does.
 * Rejects with a ProbeFailure in upstream's words (setup, file_unreadable), or when the signal fires.
 */
export async function readSecretFile(path: string, { purpose, signal }: SecretFileUse): Promise<Secret> {
  try {
    return new Secret(trimSpace(await unlessAborted(readTextFile(path, LARGEST_BYTES), signal)));
  } catch (error) {
    if (signal.aborted) throw stepFailure(error, { phase: 'setup', signal, message: FAILED });
    throw new ProbeFailure('setup', 'file_unreadable', FAILED, {
      err: `${purpose}: ${textOf(error)}`,
    });
  }
}

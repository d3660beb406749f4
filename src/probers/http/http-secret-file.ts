import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { ProbeFailure } from '../../probe/failure.js';
import { textOf } from '../../probe/error-text.js';
import { stepFailure } from '../../probe/step-failure.js';
import { Secret } from '../../values/secret.js';

/** More than any key, token or password; a file beyond this is not what was meant. */
const LARGEST_BYTES = 1024 * 1024;

export interface SecretFileUse {
  /** What could not be done without the file, such as `unable to read basic auth password`. */
  readonly purpose: string;
  readonly signal: AbortSignal;
}

/**
 * Reads a file that holds a secret, trimmed of white space as Go does. Only regular files: a FIFO would hold up a thread of the pool.
 * Rejects with a ProbeFailure in upstream's words (setup, file_unreadable), or when the signal fires.
 */
export async function readSecretFile(path: string, { purpose, signal }: SecretFileUse): Promise<Secret> {
  try {
    return new Secret(trimSpace(await unlessAborted(readRegularFile(path), signal)));
  } catch (error) {
    if (signal.aborted) throw stepFailure(error, { phase: 'setup', signal, message: 'Error for HTTP request' });
    throw new ProbeFailure('setup', 'file_unreadable', 'Error for HTTP request', {
      err: `${purpose}: ${textOf(error)}`,
    });
  }
}

async function readRegularFile(path: string): Promise<string> {
  // Without O_NONBLOCK the open of a FIFO lasts until somebody writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new Error(`open ${path}: ${systemText(error)}`);
  });
  try {
    return (await readBounded(file, path)).toString('utf8');
  } finally {
    await file.close();
  }
}

async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  const stat = await file.stat();
  if (stat.isDirectory()) throw new Error(`read ${path}: is a directory`);
  if (!stat.isFile()) throw new Error(`read ${path}: not a regular file`);
  // One byte more than it said, to notice that the file grew or (as in /proc) does not know its size.
  const buffer = Buffer.allocUnsafe(Math.min(Math.max(stat.size, 4096), LARGEST_BYTES) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length === buffer.length) throw new Error(`read ${path}: larger than ${buffer.length - 1} bytes`);
  }
}

/** What the operating system says, without Node's additions; libuv's words are those of Go here. */
function systemText(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? Number(error.errno) : NaN;
  return getSystemErrorMap().get(errno)?.[1] ?? textOf(error);
}

/** Rejects with the signal's reason when it fires first; what comes of `work` is of no interest any more then. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error(textOf(signal.reason)));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  });
}

/** What `unicode.IsSpace` says of Go's strings.TrimSpace. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

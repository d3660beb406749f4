import { getSystemErrorMap } from 'node:util';
import { FileHangError } from './file-guard.js';

/** Go's error texts, where libuv's are different. */
const GO_WORDS: ReadonlyMap<string, string> = new Map([
  ['EIO', 'input/output error'],
  ['EISDIR', 'is a directory'],
  ['ELOOP', 'too many levels of symbolic links'],
  ['ENAMETOOLONG', 'file name too long'],
  ['ENXIO', 'no such device or address'],
]);

/** A file cannot be read. The message is in Go's words, such as `open /x: no such file or directory`. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  /** The reason without the path. */
  readonly reason: string;
  /** Whether the file system did not answer, so that nothing is known about the file. */
  readonly isHang: boolean;

  constructor(
    path: string,
    { verb, reason, cause }: { readonly verb: 'open' | 'read'; readonly reason: string; readonly cause?: unknown },
  ) {
    super(`${verb} ${path}: ${reason}`, { cause });
    this.reason = reason;
    this.isHang = cause instanceof FileHangError;
  }
}

/** Turns an error of Node's file calls into a FileProblem. A FileProblem is returned as it is. */
export function asFileProblem(path: string, error: unknown): FileProblem {
  if (error instanceof FileProblem) return error;
  const verb = systemCode(error) === 'EISDIR' ? 'read' : 'open';
  return new FileProblem(path, { verb, reason: reasonOf(error), cause: error });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = 'errno' in error ? Number(error.errno) : NaN;
  return GO_WORDS.get(systemCode(error) ?? '') ?? getSystemErrorMap().get(errno)?.[1] ?? error.message;
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

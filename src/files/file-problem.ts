import { getSystemErrorMap } from 'node:util';
import { errnoText } from '../values/go/errno-text.js';
import { FileHangError } from './file-guard.js';

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
  return errnoText(error) ?? getSystemErrorMap().get(errno)?.[1] ?? error.message;
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

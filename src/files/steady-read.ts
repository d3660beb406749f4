import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileProblem } from './file-problem.js';

const MIB = 1024 * 1024;

/** The content of a file with its facts. */
export interface FileBytes {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** How a file is read. */
export interface SteadyReadOptions {
  /** For errors. */
  readonly path: string;
  /** The most bytes that it may have. */
  readonly limit: number;
  /** The facts of the open file. */
  readonly stats: Stats;
  /** Waits for so many milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** How often a file is read that is written meanwhile, and the milliseconds before the next time. */
const MOST_READS = 5;
const PAUSE_MS = 20;

/**
 * Reads a whole open file, again if it was written meanwhile: half of a file that somebody writes in place may be well
 * formed, and would be taken for all of it. Rejects with a FileProblem if it is too large or changes each time.
 */
export async function readSteadily(
  handle: Pick<FileHandle, 'read' | 'stat'>,
  { path, limit, stats, pause = sleep }: SteadyReadOptions,
): Promise<FileBytes> {
  let before = stats;
  for (let reads = 1; ; reads++) {
    const bytes = await readBounded(handle, { path, limit, expected: before.size });
    const after = await handle.stat();
    if (after.mtimeMs === before.mtimeMs && after.size === before.size) return { bytes, stats: after };
    if (reads === MOST_READS) throw new FileProblem(path, { verb: 'read', reason: 'the file is being written' });
    await pause(PAUSE_MS);
    before = await handle.stat();
  }
}

/** The size of a file is only a hint: files of /proc report none, and other files grow. */
async function readBounded(
  handle: Pick<FileHandle, 'read'>,
  { path, limit, expected }: { readonly path: string; readonly limit: number; readonly expected: number },
): Promise<Buffer> {
  const tooLarge = new FileProblem(path, { verb: 'read', reason: `larger than ${sizeText(limit)}` });
  if (expected > limit) throw tooLarge;
  let buffer = Buffer.allocUnsafe(Math.min(Math.max(expected, 4096), limit) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > limit) throw tooLarge;
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * length, limit + 1));
  }
}

function sizeText(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

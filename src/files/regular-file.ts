import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { asFileProblem, FileProblem } from './file-problem.js';
import { processGuard as guard } from './process-guard.js';
import { type FileBytes, readSteadily } from './steady-read.js';

/** The device number of /dev/null in Linux. Units and images link files to it that are meant to be empty. */
const NULL_DEVICE = 0x103;

/** An open file. The caller closes it. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/**
 * Reads a whole file that a user has named. Only regular files and /dev/null are read: a named pipe, a terminal or
 * /dev/zero would never end. A file that is written meanwhile is read again. Rejects with a FileProblem, also if the
 * file has more than `limit` bytes, does not come to rest, or the file system does not answer in time.
 */
export async function readRegularFile(path: string, limit: number): Promise<FileBytes> {
  try {
    return await guard.run(path, async () => {
      const { handle, stats } = await openNow(path);
      try {
        return await readSteadily(handle, { path, limit, stats });
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    throw asFileProblem(path, error);
  }
}

/** Opens a file to read it piece by piece, with the rules of `readRegularFile`. */
export async function openRegularFile(path: string): Promise<OpenedFile> {
  try {
    return await guard.run(
      path,
      () => openNow(path),
      ({ handle }) => void handle.close(),
    );
  } catch (error) {
    throw asFileProblem(path, error);
  }
}

/** Returns the facts of a path, with links followed. Rejects with a FileProblem. */
export async function factsOfFile(path: string): Promise<Stats> {
  try {
    return await guard.run(path, () => stat(path));
  } catch (error) {
    throw asFileProblem(path, error);
  }
}

/** Returns the names in a folder. Rejects with a FileProblem. */
export async function namesInFolder(path: string): Promise<readonly string[]> {
  try {
    return await guard.run(path, () => readdir(path));
  } catch (error) {
    throw asFileProblem(path, error);
  }
}

/** Resolves when no call is running. */
export function filesIdle(): Promise<void> {
  return guard.idle();
}

/** Whether a call is running, which occupies a thread and may never end. */
export function areFilesUnderWay(): boolean {
  return guard.isBusy;
}

/** Whether these are the facts of /dev/null. */
export function isNullDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === NULL_DEVICE;
}

async function openNow(path: string): Promise<OpenedFile> {
  // The file is checked before it is opened as well, because opening some devices has an effect.
  assertRegular(path, await stat(path));
  // With O_NONBLOCK, a file that has just become a named pipe opens at once.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = await handle.stat();
    assertRegular(path, stats);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function assertRegular(path: string, stats: Stats): void {
  if (stats.isFile() || isNullDevice(stats)) return;
  const reason = stats.isDirectory() ? 'is a directory' : `not a regular file, but ${kindOf(stats)}`;
  throw new FileProblem(path, { verb: 'read', reason });
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

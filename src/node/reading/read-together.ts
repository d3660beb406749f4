import { join } from 'node:path';
import { processGuard } from '../../files/process-guard.js';
import type { KernelCalls } from '../kernel/kernel-calls.js';

/** A regular file as read. */
export interface ReadFile {
  readonly body: Buffer;
  /** When it was last changed, in whole seconds since 1970. */
  readonly mtimeSeconds: number;
}

/** The most names of one call, which has the deadline of one file. */
const MOST_NAMES = 64;
/** What stands before each file in an answer. */
const HEAD_BYTES = 16;

/**
 * Reads files of one folder by few calls of the addon: one file by itself takes seven turns of a thread of Node's pool.
 * Gives each name in order; the file is undefined where it has to be read by itself, which also says what is wrong.
 */
export async function* readTogether(
  folder: string,
  names: readonly string[],
  calls: Pick<KernelCalls, 'files'> | undefined,
): AsyncGenerator<{ readonly name: string; readonly file: ReadFile | undefined }, void, void> {
  for (let index = 0; index < names.length;) {
    const asked = names.slice(index, index + MOST_NAMES);
    const files = calls === undefined ? [] : await filesOf(folder, asked, calls);
    // Without an answer all of them are read one by one.
    const told = files.length === 0 ? asked.length : files.length;
    for (const [at, name] of asked.slice(0, told).entries()) yield { name, file: files[at] };
    index += told;
  }
}

async function filesOf(
  folder: string,
  names: readonly string[],
  calls: Pick<KernelCalls, 'files'>,
): Promise<readonly (ReadFile | undefined)[]> {
  try {
    const request = Buffer.from(names.map((name) => `${name}\0`).join(''));
    return parseFiles(await processGuard.run(join(folder, 'any'), () => calls.files(folder, request)));
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

function parseFiles(answer: Buffer): readonly (ReadFile | undefined)[] {
  const files: (ReadFile | undefined)[] = [];
  for (let offset = 0; offset < answer.length;) {
    const length = Number(answer.readBigInt64LE(offset));
    const mtimeSeconds = Number(answer.readBigInt64LE(offset + 8));
    offset += HEAD_BYTES;
    if (length < 0) {
      files.push(undefined);
    } else {
      files.push({ body: answer.subarray(offset, offset + length), mtimeSeconds });
      offset += length;
    }
  }
  return files;
}

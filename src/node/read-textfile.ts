import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseText } from '../metrics/parse-text.js';
import type { MetricFamily } from '../metrics/metric-family.js';

/** A file of metrics as it was read. */
export interface Textfile {
  readonly families: readonly MetricFamily[];
  /** When it was last changed, in whole seconds since 1970. */
  readonly mtimeSeconds: number;
}

/** A file above this size is refused: a scrape that shows it would be of no use to anyone, and would cost several times its size. */
export const LARGEST_TEXTFILE_BYTES = 64 * 1024 * 1024;

/**
 * Reads one file in the text format, with names that need no quotes and without timestamps. Throws an Error that says what is wrong,
 * in upstream's words where upstream refuses the same.
 */
export async function readTextfile(path: string): Promise<Textfile> {
  const { body, mtimeSeconds } = await readWhole(path);
  let families: readonly MetricFamily[];
  try {
    families = parseText(body, { names: 'legacy' });
  } catch (error) {
    throw new Error(`failed to parse textfile data from "${path}": ${reasonOf(error)}`, { cause: error });
  }
  if (families.some(({ samples }) => samples.some(({ timestampMs }) => timestampMs !== undefined))) {
    throw new Error(`textfile "${path}" contains unsupported client-side timestamps, skipping entire file`);
  }
  return { families, mtimeSeconds };
}

async function readWhole(path: string): Promise<{ body: Buffer; mtimeSeconds: number }> {
  try {
    // Without O_NONBLOCK, a named pipe would hold up the scrape until somebody writes to it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error('it is no regular file');
      if (stat.size > LARGEST_TEXTFILE_BYTES) throw new Error(`it is larger than ${LARGEST_TEXTFILE_BYTES} bytes`);
      return { body: await file.readFile(), mtimeSeconds: Math.floor(stat.mtimeMs / 1000) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Error(`failed to open textfile data file "${path}": ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}

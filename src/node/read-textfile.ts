import { readRegularFile } from '../files/regular-file.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import { parseText } from '../metrics/parse-text.js';

/** A file of metrics as read. */
export interface Textfile {
  readonly families: readonly MetricFamily[];
  /** When the file was last changed, in whole seconds since 1970. */
  readonly mtimeSeconds: number;
}

/**
 * The largest file that is read. A scrape with more metrics would be useless, and would cost several times its size in
 * memory.
 */
export const LARGEST_TEXTFILE_BYTES = 64 * 1024 * 1024;

/**
 * Reads one file in the text format. Names must not need quotes, and timestamps are not allowed. Throws an Error that
 * says what is wrong, in upstream's words if upstream refuses the same.
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
    const { bytes, stats } = await readRegularFile(path, LARGEST_TEXTFILE_BYTES);
    return { body: bytes, mtimeSeconds: Math.floor(stats.mtimeMs / 1000) };
  } catch (error) {
    throw new Error(`failed to open textfile data file "${path}": ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}

import { readRegularFile } from '../files/regular-file.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import { ParseLimitError, type ParseLimits } from '../metrics/parse-limits.js';
import { parseTextSteps } from '../metrics/text/parse-text.js';
import { inSlices } from '../values/in-slices.js';

/** A file of metrics as read. */
export interface Textfile {
  readonly families: readonly MetricFamily[];
  /** When the file was last changed, in whole seconds since 1970. */
  readonly mtimeSeconds: number;
}

/** The largest file that is read: with as many series as may be, and long texts. */
export const LARGEST_TEXTFILE_BYTES = 64 * 1024 * 1024;

/**
 * How many series all files of a scrape may have. A host has a few thousand; a scrape with more than these would cost
 * seconds, and gigabytes of memory, of a process that may have other things to do.
 */
export const MOST_TEXTFILE_SERIES = 100_000;

const LIMITS: ParseLimits = {
  series: MOST_TEXTFILE_SERIES,
  families: MOST_TEXTFILE_SERIES,
  nameLength: 4096,
  labelsPerSeries: 1000,
  labels: 1_000_000,
  seriesLimitName: '',
};
const TOO_MUCH = `more than ${LIMITS.series} series, ${LIMITS.labels} labels or ${LIMITS.labelsPerSeries} of them in one series, or a name of more than ${LIMITS.nameLength} characters`;

/**
 * Reads one file in the text format. Names must not need quotes, and timestamps are not allowed. Throws an Error that
 * says what is wrong, in upstream's words if upstream refuses the same.
 */
export async function readTextfile(path: string): Promise<Textfile> {
  const { body, mtimeSeconds } = await readWhole(path);
  let families: readonly MetricFamily[];
  try {
    families = await inSlices(parseTextSteps(body, { names: 'legacy', limits: LIMITS }));
  } catch (error) {
    const reason = error instanceof ParseLimitError ? TOO_MUCH : reasonOf(error);
    throw new Error(`failed to parse textfile data from "${path}": ${reason}`, { cause: error });
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

import { readRegularFile } from '../files/regular-file.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import { ParseLimitError, type ParseLimits } from '../metrics/parse-limits.js';
import { seriesOf } from '../metrics/series-list.js';
import { parseTextSteps } from '../metrics/text/parse-text.js';
import { inSlices } from '../values/in-slices.js';
import type { ReadFile } from './reading/read-together.js';

/** A file of metrics as read. */
export interface Textfile {
  readonly families: readonly MetricFamily[];
  /** When the file was last changed, in whole seconds since 1970. */
  readonly mtimeSeconds: number;
  /** The size of the file. */
  readonly bytes: number;
}

/** The most bytes of all files of a scrape: with as many series as may be, and long texts. */
export const LARGEST_TEXTFILE_BYTES = 64 * 1024 * 1024;
/** A line is parsed, and its series written, in one go; this many bytes take some milliseconds. */
export const LONGEST_TEXTFILE_LINE = 1024 * 1024;

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
const TOO_MUCH = `more than ${LIMITS.series} series, ${LIMITS.labels} labels or ${LIMITS.labelsPerSeries} of them in one series, a name of more than ${LIMITS.nameLength} characters or a line of more than 1 MiB`;

/** How one file is read. */
export interface TextfileReading {
  /** The most bytes that it may have. */
  readonly room: number;
  /** What was read of it already; undefined to read it now. */
  readonly file: ReadFile | undefined;
}

/**
 * Reads one file in the text format. Names must not need quotes, and timestamps are not allowed. Throws an Error that
 * says what is wrong, in upstream's words if upstream refuses the same.
 */
export async function readTextfile(path: string, { room, file }: TextfileReading): Promise<Textfile> {
  const { body, mtimeSeconds } = file ?? (await readWhole(path));
  if (body.length > room) throw new Error(`all textfiles together would have more than 64 MiB with "${path}"`);
  let families: readonly MetricFamily[];
  try {
    if (hasLongLine(body)) throw new ParseLimitError('long line');
    families = await inSlices(parseTextSteps(body, { names: 'legacy', limits: LIMITS }));
  } catch (error) {
    const reason = error instanceof ParseLimitError ? TOO_MUCH : reasonOf(error);
    throw new Error(`failed to parse textfile data from "${path}": ${reason}`, { cause: error });
  }
  assertUsable(families, path);
  return { families, mtimeSeconds, bytes: body.length };
}

function assertUsable(families: readonly MetricFamily[], path: string): void {
  if (families.some(({ samples }) => samples.some(({ timestampMs }) => timestampMs !== undefined))) {
    throw new Error(`textfile "${path}" contains unsupported client-side timestamps, skipping entire file`);
  }
  const most = MOST_TEXTFILE_BOUNDS + SUM_AND_COUNT;
  const crowded = families.find(({ samples }) => samples.some((sample) => seriesOf(sample) > most));
  if (crowded !== undefined)
    throw new Error(
      `textfile "${path}" has more than ${MOST_TEXTFILE_BOUNDS} buckets or quantiles in a series of ${crowded.name}`,
    );
}

/** A series is written in one go, and this many lines take some milliseconds. */
export const MOST_TEXTFILE_BOUNDS = 5000;
const SUM_AND_COUNT = 2;

/** Looks for a line feed within each piece of that length. */
function hasLongLine(body: Buffer): boolean {
  for (let start = 0; body.length - start > LONGEST_TEXTFILE_LINE;) {
    const feed = body.lastIndexOf(LINE_FEED, start + LONGEST_TEXTFILE_LINE);
    if (feed < start) return true;
    start = feed + 1;
  }
  return false;
}

const LINE_FEED = 0x0a;

async function readWhole(path: string): Promise<ReadFile> {
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

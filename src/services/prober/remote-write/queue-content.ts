import type { Level } from '../../../push/store/open-level.js';
import { unframeRecord } from '../../../push/store/record-frame.js';

/** Something about the records that has to be there as long as they are, by a name. */
export interface QueueNote {
  readonly name: string;
  readonly text: string;
}

/** What is in the database of a queue. */
export interface QueueContent {
  /** The bytes of each record by its place, the oldest first. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The numbers of the oldest and of the newest record; 0 if there is none. */
  readonly first: number;
  readonly last: number;
  /** Records that had changed since they were written. */
  readonly broken: number;
  readonly notes: readonly QueueNote[];
}

const PLACE = /^\d{16}$/;
/** How the keys of notes begin; they stand behind the records. */
export const NOTE = 'note:';
/** More than anybody has written. */
const MOST_NOTES = 10_000;

/**
 * Reads a queue. Records that have changed since they were written are deleted. Rejects if other data is there, or with
 * LevelDB's error.
 */
export async function readQueue(level: Level): Promise<QueueContent> {
  const sizes = new Map<string, number>();
  const notes: QueueNote[] = [];
  const broken: string[] = [];
  let [first, last] = [0, 0];
  for await (const [key, value] of level.iterator()) {
    if (!PLACE.test(key) && !key.startsWith(NOTE))
      throw new Error('there is a database in this folder that is no queue of remote write');
    if (PLACE.test(key)) [first, last] = [first || Number(key), Number(key)];
    const record = unframeRecord(key, value);
    if (record === undefined) broken.push(key);
    else if (PLACE.test(key)) sizes.set(key, value.length);
    else if (notes.length < MOST_NOTES)
      notes.push({ name: key.slice(NOTE.length), text: record.payload.toString('utf8') });
  }
  await level.batch(broken.map((key) => ({ type: 'del', key })));
  return { sizes, first, last, broken: broken.length, notes };
}

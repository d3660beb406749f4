/** The format that this version writes; a store of a later one is left alone. */
export const STORE_FORMAT = 1;

/** The key of the record that holds the tally; other keys must differ from it. */
export const TALLY_KEY = 'tally';

/**
 * What the records of a store add up to, written with every batch. A lost or outdated record, which LevelDB itself may pass over in
 * silence, shows as a difference.
 */
export interface RecordTally {
  readonly records: number;
  /** Of the sequence numbers of all records. */
  readonly sum: bigint;
}

export const EMPTY_TALLY: RecordTally = { records: 0, sum: 0n };

/** The tally after a record of `before` (undefined: none) has become one of `after` (undefined: deleted). */
export function retally(
  { records, sum }: RecordTally,
  before: number | undefined,
  after: number | undefined,
): RecordTally {
  return {
    records: records - (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1),
    sum: sum - BigInt(before ?? 0) + BigInt(after ?? 0),
  };
}

/** The tally as the payload of its record. */
export function writeTally({ records, sum }: RecordTally): Buffer {
  return Buffer.from(JSON.stringify({ format: STORE_FORMAT, records, sum: String(sum) }));
}

/** Reads the payload of a tally's record; throws an Error if it was written by a later version. */
export function readTally(payload: Buffer): RecordTally {
  // The checksum of the record says that it is as writeTally made it.
  const { format, records, sum } = JSON.parse(payload.toString()) as { format: number; records: number; sum: string };
  if (format > STORE_FORMAT) {
    throw new Error(`it was written by a later version (its format is ${format}, this version knows ${STORE_FORMAT})`);
  }
  return { records, sum: BigInt(sum) };
}

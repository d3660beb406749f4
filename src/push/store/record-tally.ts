/** The format that this version writes. A store of a later format is not touched. */
export const STORE_FORMAT = 1;

/** The key of the record with the tally. Other keys must differ from it. */
export const TALLY_KEY = 'tally';

/**
 * The number of records of a store with the sum of their sequence numbers, written with every batch. A lost or outdated
 * record, which LevelDB may skip in silence, shows as a difference.
 */
export interface RecordTally {
  readonly records: number;
  /** The sum of the sequence numbers of all records. */
  readonly sum: bigint;
}

/** The tally of an empty store. */
export const EMPTY_TALLY: RecordTally = { records: 0, sum: 0n };

/**
 * Returns the tally after a record of batch `before` (undefined: none) was replaced by one of batch `after` (undefined:
 * deleted).
 */
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

/** Writes the tally as the payload of its record. */
export function writeTally({ records, sum }: RecordTally): Buffer {
  return Buffer.from(JSON.stringify({ format: STORE_FORMAT, records, sum: String(sum) }));
}

/** Reads the payload of a tally's record. Throws an Error if a later version wrote it. */
export function readTally(payload: Buffer): RecordTally {
  // The record's checksum has been verified, so this is what writeTally made.
  const { format, records, sum } = JSON.parse(payload.toString()) as { format: number; records: number; sum: string };
  if (format > STORE_FORMAT) {
    throw new Error(`it was written by a later version (its format is ${format}, this version knows ${STORE_FORMAT})`);
  }
  return { records, sum: BigInt(sum) };
}

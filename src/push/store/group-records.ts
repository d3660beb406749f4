import type { GroupFacts, GroupingKey } from '../pushed-group.js';

/**
 * Returns the name of a group's shelf: its labels as JSON, which is the id itself, so that any LevelDB tool can read
 * the store.
 */
export function shelfOf({ id }: GroupingKey): string {
  return id;
}

/** Returns the grouping key of a shelf's name. */
export function readShelf(shelf: string): GroupingKey {
  // The record's checksum covers its key, so this is what shelfOf made.
  const pairs = JSON.parse(shelf) as readonly (readonly [name: string, value: string])[];
  return { id: shelf, labels: pairs.map(([name, value]) => ({ name, value })) };
}

/** The name of the record with a group's facts. The other records are families, whose names are never empty. */
export const FACTS_NAME = '';

/** Writes a group's facts as JSON, in which finite numbers are exact. */
export function writeFacts(facts: GroupFacts): Buffer {
  const { createdAtSeconds, lastPushSeconds, lastFailureSeconds, expiresAtSeconds, ttlSeconds } = facts;
  const stored = { createdAtSeconds, lastPushSeconds, lastFailureSeconds, expiresAtSeconds, ttlSeconds };
  return Buffer.from(JSON.stringify(stored));
}

/** Reads the payload that `writeFacts` wrote. */
export function readFacts(payload: Buffer): GroupFacts {
  // The record's checksum has been verified, so this is what was written.
  return JSON.parse(payload.toString()) as GroupFacts;
}

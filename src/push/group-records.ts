import type { GroupFacts, GroupingKey } from './pushed-group.js';

/** The shelf of a group's records: its labels as JSON, which is the key's own text, so that a store can be read with any LevelDB tool. */
export function shelfOf({ id }: GroupingKey): string {
  return id;
}

/** The key that a shelf stands for. */
export function readShelf(shelf: string): GroupingKey {
  // The record's checksum covers its key, so it is as shelfOf made it.
  const pairs = JSON.parse(shelf) as readonly (readonly [name: string, value: string])[];
  return { id: shelf, labels: pairs.map(([name, value]) => ({ name, value })) };
}

/** The name of the record that holds a group's facts; the others are families, whose names are never empty. */
export const FACTS_NAME = '';

/** A group's facts as JSON, in which finite numbers are exact. */
export function writeFacts(facts: GroupFacts): Buffer {
  const { createdAtSeconds, lastPushSeconds, lastFailureSeconds, expiresAtSeconds } = facts;
  return Buffer.from(JSON.stringify({ createdAtSeconds, lastPushSeconds, lastFailureSeconds, expiresAtSeconds }));
}

/** Reads what `writeFacts` wrote. */
export function readFacts(payload: Buffer): GroupFacts {
  // The record's checksum says that it is as it was written.
  return JSON.parse(payload.toString()) as GroupFacts;
}

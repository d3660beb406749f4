/** Between the shelf and the name; no shelf has one, as they are JSON. */
const SEPARATOR = '\0';

/** Where a record stands: the records of one shelf lie together. */
export interface RecordPlace {
  readonly shelf: string;
  readonly name: string;
}

/** The key of a record in the database. */
export function recordKey({ shelf, name }: RecordPlace): string {
  return `${shelf}${SEPARATOR}${name}`;
}

/** The place that a key stands for. */
export function readRecordKey(key: string): RecordPlace {
  const at = key.indexOf(SEPARATOR);
  return { shelf: key.slice(0, at), name: key.slice(at + SEPARATOR.length) };
}

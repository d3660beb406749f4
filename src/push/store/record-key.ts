/** Separates shelf and name. Shelves are JSON, which never contains it. */
const SEPARATOR = '\0';

/** The place of a record. The records of a shelf are neighbours in the database. */
export interface RecordPlace {
  readonly shelf: string;
  readonly name: string;
}

/** Returns the key of a record in the database. */
export function recordKey({ shelf, name }: RecordPlace): string {
  return `${shelf}${SEPARATOR}${name}`;
}

/** Returns the place of the record with this key. */
export function readRecordKey(key: string): RecordPlace {
  const at = key.indexOf(SEPARATOR);
  return { shelf: key.slice(0, at), name: key.slice(at + SEPARATOR.length) };
}

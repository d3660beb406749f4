/** A field of a header, as HPACK keeps it. */
export interface TableField {
  readonly name: string;
  readonly value: string;
  /** The length of the name as sent, in bytes. */
  readonly nameBytes: number;
  /** The bytes of name and value, with ENTRY_OVERHEAD_BYTES. */
  readonly sizeBytes: number;
}

/** The size that an entry counts in addition to its name and value, in bytes (RFC 7541 §4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;

/** The initial table size of both ends, in bytes; we never announce another (RFC 9113 §6.5.2). */
export const LARGEST_TABLE_BYTES = 4096;

const MOST_ENTRIES = LARGEST_TABLE_BYTES / ENTRY_OVERHEAD_BYTES;

/**
 * The fields that the peer has added, the newest first (RFC 7541 §2.3.2). It is a ring, so that adding and evicting
 * take constant time.
 */
export class DynamicTable {
  readonly #ring: (TableField | undefined)[] = [];
  #newest = -1;
  #count = 0;
  #sizeBytes = 0;
  #limitBytes = LARGEST_TABLE_BYTES;

  /** The field of an index from 0 on; undefined beyond the last. */
  at(index: number): TableField | undefined {
    if (index >= this.#count) return undefined;
    return this.#ring[(this.#newest - index + MOST_ENTRIES) % MOST_ENTRIES];
  }

  /** A field that is larger than the table empties it (RFC 7541 §4.4). */
  add(field: TableField): void {
    this.#evictTo(this.#limitBytes - field.sizeBytes);
    if (field.sizeBytes > this.#limitBytes) return;
    this.#newest = (this.#newest + 1) % MOST_ENTRIES;
    this.#ring[this.#newest] = field;
    this.#count++;
    this.#sizeBytes += field.sizeBytes;
  }

  /** Sets the limit of the table, at most LARGEST_TABLE_BYTES. */
  resize(limitBytes: number): void {
    this.#limitBytes = limitBytes;
    this.#evictTo(limitBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  #evictTo(bytes: number): void {
    while (this.#count > 0 && this.#sizeBytes > bytes) {
      const oldest = (this.#newest - this.#count + 1 + MOST_ENTRIES) % MOST_ENTRIES;
      this.#sizeBytes -= this.#ring[oldest]?.sizeBytes ?? 0;
      this.#ring[oldest] = undefined;
      this.#count--;
    }
  }
}

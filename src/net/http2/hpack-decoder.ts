import { DynamicTable, ENTRY_OVERHEAD_BYTES, LARGEST_TABLE_BYTES, type TableField } from './dynamic-table.js';
import { HpackError, HpackReader } from './hpack-reader.js';
import { STATIC_TABLE } from './static-table.js';

const STATIC_FIELDS: readonly TableField[] = STATIC_TABLE.map(([name, value]) =>
  fieldOf(name, value, name.length, value.length),
);

/**
 * Told of each field; `sizeBytes` counts as RFC 9113 §6.5.2 counts. What it throws ends the decoding, and the
 * connection with it.
 */
export type FieldSink = (name: string, value: string, sizeBytes: number) => void;

/** A block may begin with as many changes of the table's size (RFC 7541 §4.2). */
const MOST_RESIZES = 2;

/** Reads the header blocks of one connection, in their order (RFC 7541). */
export class HpackDecoder {
  readonly #table = new DynamicTable();

  /** Throws HpackError; the connection cannot be read any further then. */
  decode(block: Buffer, onField: FieldSink): void {
    const steps = this.steps(block, onField);
    while (steps.next().done !== true);
  }

  /** Decodes a block field by field: each step of the generator reads one. Throws HpackError. */
  *steps(block: Buffer, onField: FieldSink): Generator<void, void> {
    const reader = new HpackReader(block);
    this.#readResizes(reader);
    while (!reader.isAtEnd) {
      const field = this.#readField(reader);
      onField(field.name, field.value, field.sizeBytes);
      yield;
    }
  }

  #readResizes(reader: HpackReader): void {
    for (let count = 0; !reader.isAtEnd && isResize(reader.peek()); count++) {
      if (count === MOST_RESIZES) throw new HpackError('the size of the header table changes too often');
      const bytes = reader.integer(5);
      if (bytes > LARGEST_TABLE_BYTES) throw new HpackError(`a header table of ${bytes} bytes is too large`);
      this.#table.resize(bytes);
    }
  }

  #readField(reader: HpackReader): TableField {
    const first = reader.peek();
    if (first >= 0x80) return this.#lookUp(reader.integer(7));
    if (first >= 0x40) {
      const field = this.#readLiteral(reader, 6);
      this.#table.add(field);
      return field;
    }
    if (isResize(first)) throw new HpackError('the size of the header table changes within a block');
    // Without indexing, or never indexed: the same to a receiver.
    return this.#readLiteral(reader, 4);
  }

  #readLiteral(reader: HpackReader, prefixBits: number): TableField {
    const index = reader.integer(prefixBits);
    if (index === 0) {
      const name = reader.string();
      const value = reader.string();
      return fieldOf(name.text, value.text, name.bytes, value.bytes);
    }
    const { name, nameBytes } = this.#lookUp(index);
    const value = reader.string();
    return fieldOf(name, value.text, nameBytes, value.bytes);
  }

  #lookUp(index: number): TableField {
    const field =
      index <= STATIC_FIELDS.length ? STATIC_FIELDS[index - 1] : this.#table.at(index - STATIC_FIELDS.length - 1);
    if (field === undefined) throw new HpackError(`there is no header field with index ${index}`);
    return field;
  }
}

function isResize(octet: number): boolean {
  return octet >> 5 === 1;
}

function fieldOf(name: string, value: string, nameBytes: number, valueBytes: number): TableField {
  return { name, value, nameBytes, sizeBytes: nameBytes + valueBytes + ENTRY_OVERHEAD_BYTES };
}

import type { Steps } from '../../values/in-slices.js';
import { DynamicTable, ENTRY_OVERHEAD_BYTES, LARGEST_TABLE_BYTES, type TableField } from './dynamic-table.js';
import { HpackError, HpackReader, type HpackString } from './hpack-reader.js';
import { STATIC_TABLE } from './static-table.js';

const STATIC_FIELDS: readonly TableField[] = STATIC_TABLE.map(([name, value]) =>
  fieldOf(name, value, name.length, value.length),
);

/**
 * Receives each decoded field; `sizeBytes` is its size by RFC 9113 §6.5.2. An error that it throws ends the decoding,
 * and with it the connection.
 */
export type FieldSink = (name: string, value: string, sizeBytes: number) => void;

/** A block may begin with as many changes of the table's size (RFC 7541 §4.2). */
const MOST_RESIZES = 2;

const LATE_RESIZE = 'the size of the header table changes within a block';

/** Strings of blocks that are longer may take milliseconds. */
const LONG_BLOCK_BYTES = 64 * 1024;

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
    const isLong = block.length > LONG_BLOCK_BYTES;
    while (!reader.isAtEnd) {
      const field = isLong ? yield* this.#readFieldInSteps(reader) : this.#readField(reader);
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
    if (isResize(first)) throw new HpackError(LATE_RESIZE);
    // The literal is without indexing, or never indexed: both are the same to a receiver.
    return this.#readLiteral(reader, 4);
  }

  *#readFieldInSteps(reader: HpackReader): Steps<TableField> {
    const first = reader.peek();
    if (first >= 0x80) return this.#lookUp(reader.integer(7));
    if (isResize(first)) throw new HpackError(LATE_RESIZE);
    const isIndexed = first >= 0x40;
    const index = reader.integer(isIndexed ? 6 : 4);
    const known = index === 0 ? undefined : this.#lookUp(index);
    const name = known === undefined ? yield* reader.stringInSteps() : { text: known.name, bytes: known.nameBytes };
    const value = yield* reader.stringInSteps();
    const field = fieldOf(name.text, valueOf(name.text, value), name.bytes, value.bytes);
    if (isIndexed) this.#table.add(field);
    return field;
  }

  #readLiteral(reader: HpackReader, prefixBits: number): TableField {
    const index = reader.integer(prefixBits);
    if (index === 0) {
      const name = reader.string();
      const value = reader.string();
      return fieldOf(name.text, valueOf(name.text, value), name.bytes, value.bytes);
    }
    const { name, nameBytes } = this.#lookUp(index);
    const value = reader.string();
    return fieldOf(name, valueOf(name, value), nameBytes, value.bytes);
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

/** Only where a redirect leads is asked for with the octets that are no UTF-8. */
function valueOf(name: string, { text, exact = text }: HpackString): string {
  return name === 'location' ? exact : text;
}

function fieldOf(name: string, value: string, nameBytes: number, valueBytes: number): TableField {
  return { name, value, nameBytes, sizeBytes: nameBytes + valueBytes + ENTRY_OVERHEAD_BYTES };
}

import { textOfBytes } from '../../values/byte-string.js';
import { GobBytes } from './gob-bytes.js';
import { type GobType, GobTypes } from './gob-types.js';

/**
 * A value of a gob stream. A map has its entries in the order of the stream; a struct has its fields by name, without
 * those that are zero; a value that writes itself, such as a time, is its bytes.
 */
export type GobValue = string | Buffer | GobMap | GobStruct;

/** A map of Go, its entries in the order of the stream. */
export interface GobMap {
  readonly kind: 'map';
  readonly entries: readonly (readonly [key: GobValue, value: GobValue])[];
}

/** A struct of Go, by the names of its fields. Fields with zero values are absent. */
export interface GobStruct {
  readonly kind: 'struct';
  readonly fields: ReadonlyMap<string, GobValue>;
}

/** The deepest nesting of values. The groups of a Pushgateway need five levels. */
const DEEPEST = 10;

/**
 * Reads the first value of a stream of Go's encoding/gob (package documentation, "Encoding Details"). Only maps,
 * structs, strings, bytes and values that write themselves are read. Work and memory are in proportion to the bytes.
 * Throws GobError.
 */
export function readGob(bytes: Buffer): GobValue {
  const stream = new GobBytes(bytes);
  const types = new GobTypes();
  while (!stream.isAtEnd) {
    const message = stream.part();
    const number = message.int();
    if (number < 0) {
      types.define(-number, message);
      continue;
    }
    const type = types.get(number);
    // A value that is no struct follows a zero.
    if (type.kind !== 'struct' && message.uint() !== 0) throw message.error('no value where one is expected');
    return readValue(message, { type, types, depth: 0 });
  }
  throw stream.error('the file ends before a value');
}

interface Place {
  readonly type: GobType;
  readonly types: GobTypes;
  readonly depth: number;
}

function readValue(from: GobBytes, { type, types, depth }: Place): GobValue {
  if (depth > DEEPEST) throw from.error(`values within each other more than ${DEEPEST} deep`);
  const readOf = (number: number): GobValue => readValue(from, { type: types.get(number), types, depth: depth + 1 });
  switch (type.kind) {
    case 'bytes':
      return from.bytes();
    case 'text':
      return textOfBytes(from.bytes());
    case 'map':
      return { kind: 'map', entries: readEntries(from, type, readOf) };
    case 'struct': {
      const fields = new Map<string, GobValue>();
      from.struct((index) => {
        const field = type.fields[index];
        if (field !== undefined) fields.set(field.name, readOf(field.type));
        return field !== undefined;
      });
      return { kind: 'struct', fields };
    }
    case 'other':
      throw from.error(`a value of ${type.name}, which a Pushgateway does not store`);
  }
}

function readEntries(
  from: GobBytes,
  { key, value }: { readonly key: number; readonly value: number },
  readOf: (number: number) => GobValue,
): readonly (readonly [GobValue, GobValue])[] {
  const entries: (readonly [GobValue, GobValue])[] = [];
  for (let left = from.count(); left > 0; left--) entries.push([readOf(key), readOf(value)]);
  return entries;
}

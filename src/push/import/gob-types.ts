import { textOfBytes } from '../../values/byte-string.js';
import type { GobBytes } from './gob-bytes.js';

/** A type that a gob stream describes. Types refer to each other by number. */
export type GobType =
  | { readonly kind: 'bytes' }
  | { readonly kind: 'text' }
  | { readonly kind: 'map'; readonly key: number; readonly value: number }
  | { readonly kind: 'struct'; readonly fields: readonly GobField[] }
  /** A kind that a Pushgateway's groups do not consist of. Such types are described, but no value has them. */
  | { readonly kind: 'other'; readonly name: string };

/** A field of a struct: its name, and the number of its type. */
export interface GobField {
  readonly name: string;
  readonly type: number;
}

/** The numbers of the types that every stream knows (encoding/gob, type.go). */
const BYTES = 5;
const TEXT = 6;

/** The types of a stream by their numbers. */
export class GobTypes {
  readonly #types = new Map<number, GobType>([
    [BYTES, { kind: 'bytes' }],
    [TEXT, { kind: 'text' }],
  ]);

  get(number: number): GobType {
    return this.#types.get(number) ?? { kind: 'other', name: `type ${number}` };
  }

  /** Reads the description of a type (`wireType` in type.go), of which one field is set. Throws GobError. */
  define(number: number, from: GobBytes): void {
    from.struct((field) => {
      const read = READERS[field];
      if (read === undefined) return false;
      this.#types.set(number, read(from));
      return true;
    });
  }
}

/** In the order of the fields of `wireType`. Values of the last three write themselves, as bytes. */
const READERS: readonly ((from: GobBytes) => GobType)[] = [
  (from) => ({ kind: 'other', name: `array ${readNumbered(from, 2).name}` }),
  (from) => ({ kind: 'other', name: `slice ${readNumbered(from, 1).name}` }),
  readStruct,
  (from) => {
    const [key = 0, value = 0] = readNumbered(from, 2).numbers;
    return { kind: 'map', key, value };
  },
  readOpaque,
  readOpaque,
  readOpaque,
];

/** Reads a description that has a name and so many numbers, such as the types of keys and values. */
function readNumbered(from: GobBytes, count: number): { readonly name: string; readonly numbers: readonly number[] } {
  const numbers: number[] = [];
  let name = '';
  from.struct((field) => {
    if (field === 0) name = readCommon(from);
    else if (field <= count) numbers[field - 1] = from.int();
    else return false;
    return true;
  });
  return { name, numbers };
}

function readStruct(from: GobBytes): GobType {
  let fields: readonly GobField[] = [];
  from.struct((field) => {
    if (field === 0) readCommon(from);
    else if (field === 1) fields = readFields(from);
    else return false;
    return true;
  });
  return { kind: 'struct', fields };
}

function readFields(from: GobBytes): readonly GobField[] {
  const fields: GobField[] = [];
  for (let left = from.count(); left > 0; left--) {
    let name = '';
    let type = 0;
    from.struct((field) => {
      if (field === 0) name = textOfBytes(from.bytes());
      else if (field === 1) type = from.int();
      else return false;
      return true;
    });
    fields.push({ name, type });
  }
  return fields;
}

function readOpaque(from: GobBytes): GobType {
  readNumbered(from, 0);
  return { kind: 'bytes' };
}

/** Reads the name and the number (`CommonType`), and returns the name. */
function readCommon(from: GobBytes): string {
  let name = '';
  from.struct((field) => {
    if (field === 0) name = textOfBytes(from.bytes());
    else if (field === 1) from.int();
    else return false;
    return true;
  });
  return name;
}

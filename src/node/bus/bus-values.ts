/**
 * A value of D-Bus. Numbers of 64 bits are bigints; structs, arrays and entries of dictionaries are arrays; a variant
 * is the value in it.
 */
export type BusValue = string | number | bigint | boolean | readonly BusValue[];

/** The bytes violate D-Bus's rules for messages. */
export class BusFormatError extends Error {
  override readonly name = 'BusFormatError';
}

/** The deepest nesting that the specification allows: 32 arrays and 32 structs. */
const DEEPEST = 64;
/** The longest array that the specification allows, in bytes. */
const LONGEST_ARRAY = 2 ** 26;

/** The alignment of values of a basic type, in bytes. */
const ALIGNMENT: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    y: 1,
    b: 4,
    n: 2,
    q: 2,
    i: 4,
    u: 4,
    x: 8,
    t: 8,
    d: 8,
    s: 4,
    o: 4,
    g: 1,
    h: 4,
    a: 4,
    v: 1,
    '(': 8,
    '{': 8,
  }),
);

/** Reads values from a message or a part of one. Throws BusFormatError for malformed bytes. */
export class BusReader {
  readonly #bytes: Buffer;
  readonly #isLittleEndian: boolean;
  /** The parts of struct signatures, which are needed again for every element of an array. */
  readonly #parts = new Map<string, readonly string[]>();
  #at: number;

  /** `bytes` starts where the message starts, since values are aligned to that. Reading starts at `at`. */
  constructor(bytes: Buffer, isLittleEndian: boolean, at = 0) {
    this.#bytes = bytes;
    this.#isLittleEndian = isLittleEndian;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** Reads one value for each complete type of the signature. */
  read(signature: string): readonly BusValue[] {
    return splitSignature(signature).map((type) => this.#value(type, 0));
  }

  /** Skips to the next multiple of `to`. */
  align(to: number): void {
    this.#at = Math.ceil(this.#at / to) * to;
  }

  #value(type: string, depth: number): BusValue {
    if (depth > DEEPEST) throw new BusFormatError(`containers are nested more than ${DEEPEST} deep`);
    const [kind = ''] = type;
    this.align(alignmentOf(kind));
    switch (kind) {
      case 'a':
        return this.#array(type.slice(1), depth);
      case '(':
      case '{':
        return this.#partsOf(type).map((part) => this.#value(part, depth + 1));
      case 'v':
        return this.#variant(depth);
      case 's':
      case 'o':
        return this.#text(this.#uint32());
      case 'g':
        return this.#text(this.#take(1).readUInt8());
      default:
        return this.#number(kind);
    }
  }

  #array(elementType: string, depth: number): readonly BusValue[] {
    const length = this.#uint32();
    if (length > LONGEST_ARRAY) throw new BusFormatError(`an array of ${length} bytes is longer than ${LONGEST_ARRAY}`);
    this.align(alignmentOf(elementType[0] ?? ''));
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new BusFormatError('an array is longer than its message');
    const elements: BusValue[] = [];
    while (this.#at < end) elements.push(this.#value(elementType, depth + 1));
    if (this.#at !== end) throw new BusFormatError('the last element of an array is longer than the array');
    return elements;
  }

  #partsOf(type: string): readonly string[] {
    let parts = this.#parts.get(type);
    if (parts === undefined) this.#parts.set(type, (parts = splitSignature(type.slice(1, -1))));
    return parts;
  }

  #variant(depth: number): BusValue {
    const signature = this.#text(this.#take(1).readUInt8());
    const [type, ...more] = splitSignature(signature);
    if (type === undefined || more.length > 0) throw new BusFormatError(`a variant has the signature "${signature}"`);
    return this.#value(type, depth + 1);
  }

  #number(kind: string): BusValue {
    const isLittle = this.#isLittleEndian;
    switch (kind) {
      case 'y':
        return this.#take(1).readUInt8();
      case 'b':
        return this.#uint32() !== 0;
      case 'n':
        return isLittle ? this.#take(2).readInt16LE() : this.#take(2).readInt16BE();
      case 'q':
        return isLittle ? this.#take(2).readUInt16LE() : this.#take(2).readUInt16BE();
      case 'i':
        return isLittle ? this.#take(4).readInt32LE() : this.#take(4).readInt32BE();
      case 'x':
        return isLittle ? this.#take(8).readBigInt64LE() : this.#take(8).readBigInt64BE();
      case 't':
        return isLittle ? this.#take(8).readBigUInt64LE() : this.#take(8).readBigUInt64BE();
      case 'd':
        return isLittle ? this.#take(8).readDoubleLE() : this.#take(8).readDoubleBE();
      default:
        // This is `u`, or `h`: the index of a file descriptor that was sent along.
        return this.#uint32();
    }
  }

  #uint32(): number {
    return this.#isLittleEndian ? this.#take(4).readUInt32LE() : this.#take(4).readUInt32BE();
  }

  /** A text ends with a zero byte, which its length does not count. */
  #text(length: number): string {
    const text = this.#take(length).toString('utf8');
    if (this.#take(1).readUInt8() !== 0) throw new BusFormatError('a text does not end with a zero byte');
    return text;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new BusFormatError('a value is longer than its message');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

function alignmentOf(kind: string): number {
  const alignment = ALIGNMENT.get(kind);
  if (alignment === undefined) throw new BusFormatError(`there is no type "${kind}"`);
  return alignment;
}

/** Splits a signature into complete types: `sa{sv}(ii)` → `s`, `a{sv}`, `(ii)`. */
export function splitSignature(signature: string): readonly string[] {
  const types: string[] = [];
  for (let start = 0; start < signature.length;) {
    const end = endOfType(signature, start);
    types.push(signature.slice(start, end));
    start = end;
  }
  return types;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['{', '}'],
]);

function endOfType(signature: string, start: number): number {
  let at = start;
  while (signature[at] === 'a') at++;
  const close = CLOSING.get(signature[at] ?? '');
  if (close === undefined) {
    alignmentOf(signature[at] ?? '');
    return at + 1;
  }
  let depth = 0;
  for (let end = at; end < signature.length; end++) {
    if ('({'.includes(signature[end] ?? '')) depth++;
    if (')}'.includes(signature[end] ?? '')) depth--;
    if (depth === 0 && signature[end] === close && end > at + 1) return end + 1;
    if (depth === 0) break;
  }
  throw new BusFormatError(`the signature "${signature}" does not close its brackets`);
}

import { DerError } from '../der-reader.js';

/** What a place in the bytes holds where there is nothing any more. */
const NOTHING = -1;
const LONG_FORM = 0x80;

/**
 * Walks over the elements of DER (X.690) by index, without an object for each, so that a certificate with tens of thousands of names
 * costs time in proportion to its bytes. It is as strict as Go's cryptobyte: one byte a tag, the shortest form of each length.
 * A method that does not find what is due answers undefined or false; the caller knows the words for it.
 */
export class DerCursor {
  readonly bytes: Buffer;
  readonly #end: number;
  #at: number;
  /** The tag of the element that was read last. */
  tag = NOTHING;
  /** Where it begins, with its head, where its content begins and where it ends. */
  from = 0;
  start = 0;
  stop = 0;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** A cursor at the same place. */
  copy(): DerCursor {
    return new DerCursor(this.bytes, this.#at, this.#end);
  }

  get isEmpty(): boolean {
    return this.#at >= this.#end;
  }

  /** The tag of the next element; −1 at the end. */
  peek(): number {
    return this.#at < this.#end ? (this.bytes[this.#at] ?? NOTHING) : NOTHING;
  }

  /** Steps over the next element, whatever it is; false if it is malformed. */
  readAny(): boolean {
    const { bytes } = this;
    const at = this.#at;
    if (this.#end - at < 2) return false;
    const tag = bytes[at] ?? NOTHING;
    const short = bytes[at + 1] ?? 0;
    if ((tag & 0x1f) === 0x1f) return false;
    const size = short < LONG_FORM ? 0 : short - LONG_FORM;
    const length = short < LONG_FORM ? short : this.#longLength(at + 2, size);
    const start = at + 2 + size;
    if (length < 0 || length > this.#end - start) return false;
    this.tag = tag;
    this.from = at;
    this.start = start;
    this.stop = this.#at = start + length;
    return true;
  }

  #longLength(at: number, size: number): number {
    if (size === 0 || size > 4 || at + size > this.#end) return NOTHING;
    const length = this.bytes.readUIntBE(at, size);
    const isShortest = length >= LONG_FORM && length >= 256 ** (size - 1);
    return isShortest ? length : NOTHING;
  }

  /** Steps over an element with this tag; false if the next one is malformed or another. */
  read(tag: number): boolean {
    return this.readAny() && this.tag === tag;
  }

  /** A cursor over the content of the next element, which has to have this tag. */
  enter(tag: number): DerCursor | undefined {
    return this.read(tag) ? new DerCursor(this.bytes, this.start, this.stop) : undefined;
  }

  /** Like `enter`, for what may be missing: null if it is. */
  enterOptional(tag: number): DerCursor | undefined | null {
    return this.peek() === tag ? this.enter(tag) : null;
  }

  /** The content of the next element, which has to have this tag. */
  content(tag: number): Buffer | undefined {
    return this.read(tag) ? this.lastContent() : undefined;
  }

  /** The next element with its head; it has to have this tag. */
  element(tag: number): Buffer | undefined {
    return this.read(tag) ? this.bytes.subarray(this.from, this.stop) : undefined;
  }

  lastContent(): Buffer {
    return this.bytes.subarray(this.start, this.stop);
  }

  /** The content of the next element as an unsigned or signed integer of at most 6 bytes; undefined if it is none, or larger. */
  integer(tag: number): number | undefined {
    const content = this.content(tag);
    if (content === undefined || !isMinimalInteger(content) || content.length > 6) return undefined;
    return content.readIntBE(0, content.length);
  }

  boolean(): boolean | undefined {
    const content = this.content(0x01);
    if (content?.length !== 1) return undefined;
    if (content[0] === 0xff) return true;
    return content[0] === 0 ? false : undefined;
  }

  /** Steps over an object identifier; false if the next element is none. */
  readObjectIdentifier(): boolean {
    return this.read(0x06) && isObjectIdentifier(this.bytes, this.start, this.stop);
  }

  /** The bytes of an object identifier in hexadecimal, by which it is compared. */
  objectIdentifier(): string | undefined {
    return this.readObjectIdentifier() ? this.bytes.toString('hex', this.start, this.stop) : undefined;
  }

  /** The bits of a BIT STRING, aligned to the right as Go does it. */
  bitString(): Buffer | undefined {
    const content = this.content(0x03);
    const padding = content?.[0];
    if (content === undefined || padding === undefined || padding > 7) return undefined;
    const last = content.length > 1 ? (content.at(-1) ?? 0) : 0;
    if ((content.length === 1 && padding !== 0) || (last & ((1 << padding) - 1)) !== 0) return undefined;
    const bits = content.subarray(1);
    return padding === 0 ? bits : shiftRight(bits, padding);
  }
}

/** Whether an INTEGER has at least one byte and none too many. */
export function isMinimalInteger(content: Buffer): boolean {
  const [first, second = 0] = content;
  if (first === undefined || content.length === 1) return first !== undefined;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

/** Whether every arc is complete, in its shortest form, and below 2^31, which is as far as Go reads them. */
function isObjectIdentifier(bytes: Buffer, from: number, to: number): boolean {
  let arc = 0;
  let isFirst = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if ((isFirst && byte === 0x80) || arc >= 2 ** 24) return false;
    arc = arc * 128 + (byte & 0x7f);
    isFirst = byte < 0x80;
    if (isFirst) arc = 0;
  }
  return to > from && isFirst;
}

function shiftRight(bits: Buffer, by: number): Buffer {
  const shifted = Buffer.alloc(bits.length);
  let carry = 0;
  for (const [index, byte] of bits.entries()) {
    shifted[index] = carry | (byte >> by);
    carry = (byte << (8 - by)) & 0xff;
  }
  return shifted;
}

/** A certificate that Go's parser refuses; the message is Go's, such as "x509: malformed certificate". */
export class CertificateError extends DerError {
  override readonly name: string = 'CertificateError';

  /** A few of Go's messages come from other packages than crypto/x509 and bear no prefix, or theirs. */
  constructor(problem: string, { prefixed = true } = {}) {
    super(prefixed ? `x509: ${problem}` : problem);
  }
}

/** The value, or a CertificateError with these words if there is none. */
export function due<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new CertificateError(problem);
  return value;
}

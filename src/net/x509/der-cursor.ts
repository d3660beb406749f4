import { DerError } from './der-reader.js';

/** The tag where there is no element. */
const NOTHING = -1;
const LONG_FORM = 0x80;

/**
 * Walks over the elements of DER (X.690) by index. It creates no object for each element, so that a certificate with
 * tens of thousands of names costs time in proportion to its bytes. It is as strict as Go's cryptobyte: tags have one
 * byte, and lengths have their shortest form. A method that does not find the expected element returns undefined or
 * false, and the caller chooses the error text.
 */
export class DerCursor {
  readonly bytes: Buffer;
  readonly #end: number;
  #at: number;
  /** The tag of the last element that was read. */
  tag = NOTHING;
  /** Offsets of the last element: its start, the start of its content, and its end. */
  from = 0;
  start = 0;
  stop = 0;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** Returns a cursor at the same place. */
  copy(): DerCursor {
    return new DerCursor(this.bytes, this.#at, this.#end);
  }

  get isEmpty(): boolean {
    return this.#at >= this.#end;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return Math.max(this.#end - this.#at, 0);
  }

  /** Returns the tag of the next element; −1 at the end. */
  peek(): number {
    return this.#at < this.#end ? (this.bytes[this.#at] ?? NOTHING) : NOTHING;
  }

  /** Reads the next element of any kind. Returns false if it is malformed. */
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

  /** Reads an element with this tag. Returns false if the next one is malformed or has another tag. */
  read(tag: number): boolean {
    return this.readAny() && this.tag === tag;
  }

  /** Returns a cursor over the content of the next element, which must have this tag. */
  enter(tag: number): DerCursor | undefined {
    return this.read(tag) ? new DerCursor(this.bytes, this.start, this.stop) : undefined;
  }

  /** Like `enter`, but returns null if the element is missing. */
  enterOptional(tag: number): DerCursor | undefined | null {
    return this.peek() === tag ? this.enter(tag) : null;
  }

  /** Returns the content of the next element, which must have this tag. */
  content(tag: number): Buffer | undefined {
    return this.read(tag) ? this.lastContent() : undefined;
  }

  /** Returns the next element with its header. It must have this tag. */
  element(tag: number): Buffer | undefined {
    return this.read(tag) ? this.bytes.subarray(this.from, this.stop) : undefined;
  }

  lastContent(): Buffer {
    return this.bytes.subarray(this.start, this.stop);
  }

  /**
   * Returns the content of the next element as an unsigned or signed integer of at most 6 bytes. Returns undefined if
   * it is not an integer, or larger.
   */
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

  /** Reads an object identifier. Returns false if the next element is not one. */
  readObjectIdentifier(): boolean {
    return this.read(0x06) && isObjectIdentifier(this.bytes, this.start, this.stop);
  }

  /** Returns the bytes of an object identifier in hexadecimal, the form in which identifiers are compared. */
  objectIdentifier(): string | undefined {
    return this.readObjectIdentifier() ? this.bytes.toString('hex', this.start, this.stop) : undefined;
  }

  /** Returns the bits of a BIT STRING, aligned to the right as Go does. */
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

/** Whether an INTEGER has at least one byte and no superfluous ones. */
export function isMinimalInteger(content: Buffer): boolean {
  const [first, second = 0] = content;
  if (first === undefined || content.length === 1) return first !== undefined;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

/** Whether every part is complete, in its shortest form, and below 2^31, which is Go's limit. */
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

/** A certificate that Go's parser refuses. The message is Go's, such as "x509: malformed certificate". */
export class CertificateError extends DerError {
  override readonly name: string = 'CertificateError';

  /** A few messages come from other Go packages than crypto/x509, so they have no prefix or another one. */
  constructor(problem: string, { prefixed = true } = {}) {
    super(prefixed ? `x509: ${problem}` : problem);
  }
}

/** Returns the value, or throws a CertificateError with this text if it is undefined. */
export function due<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new CertificateError(problem);
  return value;
}

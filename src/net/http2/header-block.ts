import { HpackDecoder } from './hpack-decoder.js';
import type { Field } from './hpack-encoder.js';
import { HpackError } from './hpack-reader.js';
import { CODE, FRAME, frameName } from './http2-codes.js';
import { Http2FieldsTooLarge, Http2Violation } from './http2-error.js';
import { checkField } from './read-head.js';

/**
 * The header fields of all heads and trailers of an answer, counted as RFC 9113 §6.5.2 counts: 32 bytes for each beside
 * its name and value.
 */
export const LARGEST_HEADER_BYTES = 1024 * 1024;
/** Fields of all heads and trailers: each costs work beyond its bytes. Servers have dozens. */
const MOST_FIELDS = 10_000;
/** A block of LARGEST_HEADER_BYTES has 64 full frames. */
const MOST_FRAMES = 1024;

/** The limit of HTTP/1: a name is rewritten letter by letter, and no real one is as long. */
const LONGEST_NAME = 8 * 1024;

/** Fields, and bytes of them, decoded between two looks at the clock. */
const FIELDS_A_LOOK = 32;
const BYTES_A_LOOK = 16 * 1024;

/** Joins header blocks from HEADERS and CONTINUATION frames, and decodes them within the limits of one answer. */
export class HeaderBlocks {
  readonly #decoder = new HpackDecoder();
  #parts: Buffer[] | undefined;
  #partBytes = 0;
  #fields: Field[] = [];
  #steps: Generator<void, void> | undefined;
  #bytesLeft = LARGEST_HEADER_BYTES;
  #fieldsLeft = MOST_FIELDS;
  /** The remaining fields and bytes when the clock was last checked. */
  #lookedAt = { fields: MOST_FIELDS, bytes: LARGEST_HEADER_BYTES };
  /** The remaining fields at the last step. */
  #fieldsBefore = MOST_FIELDS;

  /** A block has begun and not ended: only CONTINUATION may follow. */
  get isOpen(): boolean {
    return this.#parts !== undefined;
  }

  /** The next piece; with the last one the block can be decoded. Throws Http2Error. */
  add(piece: Buffer, isLast: boolean): void {
    if (isLast && this.#parts === undefined) {
      this.#begin(piece);
      return;
    }
    this.#parts ??= [];
    this.#parts.push(piece);
    this.#partBytes += piece.length;
    if (this.#parts.length > MOST_FRAMES) {
      throw new Http2Violation(
        CODE.ENHANCE_YOUR_CALM,
        `too many ${frameName(FRAME.CONTINUATION)} frames in one header block`,
      );
    }
    if (this.#partBytes > this.#bytesLeft) throw tooLarge();
    if (!isLast) return;
    const block = Buffer.concat(this.#parts);
    this.#parts = undefined;
    this.#partBytes = 0;
    this.#begin(block);
  }

  /** A block is complete and has not been decoded to its end. */
  get isDecoding(): boolean {
    return this.#steps !== undefined;
  }

  /**
   * The fields of the block that is complete; undefined if the turn was over before they all were decoded. Throws
   * Http2Error.
   */
  decode(isTurnOver: () => boolean): readonly Field[] | undefined {
    try {
      do {
        if (this.#isLookDue() && isTurnOver()) return undefined;
      } while (this.#steps?.next().done === false);
    } catch (error) {
      throw error instanceof HpackError ? new Http2Violation(CODE.COMPRESSION_ERROR, error.message) : error;
    }
    this.#steps = undefined;
    return this.#fields;
  }

  /**
   * Whether to look at the clock. That is due before the first field, too, since blocks of many connections come at the
   * same moment, and within long fields.
   */
  #isLookDue(): boolean {
    const isWithinField = this.#fieldsBefore === this.#fieldsLeft;
    this.#fieldsBefore = this.#fieldsLeft;
    const fields = this.#lookedAt.fields - this.#fieldsLeft;
    const bytes = this.#lookedAt.bytes - this.#bytesLeft;
    if (!isWithinField && fields < FIELDS_A_LOOK && bytes < BYTES_A_LOOK) return false;
    this.#lookedAt = { fields: this.#fieldsLeft, bytes: this.#bytesLeft };
    return true;
  }

  #begin(block: Buffer): void {
    this.#fields = [];
    this.#lookedAt = { fields: this.#fieldsLeft, bytes: this.#bytesLeft };
    this.#fieldsBefore = this.#fieldsLeft;
    this.#steps = this.#decoder.steps(block, this.#onField);
  }

  readonly #onField = (name: string, value: string, sizeBytes: number): void => {
    this.#bytesLeft -= sizeBytes;
    this.#fieldsLeft--;
    if (this.#bytesLeft < 0) throw tooLarge();
    if (this.#fieldsLeft < 0) throw new Http2FieldsTooLarge(`http2: more than ${MOST_FIELDS} header fields`);
    if (name.length > LONGEST_NAME)
      throw new Http2FieldsTooLarge(`http2: a header field has a name of more than ${LONGEST_NAME} bytes`);
    checkField(name, value);
    this.#fields.push([name, value]);
  };
}

function tooLarge(): Http2FieldsTooLarge {
  return new Http2FieldsTooLarge(`http2: response header list larger than ${LARGEST_HEADER_BYTES} bytes`);
}

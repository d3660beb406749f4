import { FRAME, CODE } from './http2-codes.js';
import { Http2FieldsTooLarge, Http2Violation } from './http2-error.js';
import { HpackDecoder } from './hpack-decoder.js';
import type { Field } from './hpack-encoder.js';
import { HpackError } from './hpack-reader.js';
import { frameName } from './http2-codes.js';

/** The header fields of all heads and trailers of an answer, counted as RFC 9113 §6.5.2 counts: 32 bytes for each beside its name and value. */
export const LARGEST_HEADER_BYTES = 1024 * 1024;
/** Fields of all heads and trailers: each costs work beyond its bytes. Servers have dozens. */
const MOST_FIELDS = 10_000;
/** A block of LARGEST_HEADER_BYTES has 64 full frames. */
const MOST_FRAMES = 1024;

/** Puts header blocks together from HEADERS and CONTINUATION frames, and decodes them within the bounds of one answer. */
export class HeaderBlocks {
  readonly #decoder = new HpackDecoder();
  #parts: Buffer[] | undefined;
  #partBytes = 0;
  #bytesLeft = LARGEST_HEADER_BYTES;
  #fieldsLeft = MOST_FIELDS;

  /** A block has begun and not ended: only CONTINUATION may follow. */
  get isOpen(): boolean {
    return this.#parts !== undefined;
  }

  /** The next piece; the fields once the block is complete. Throws Http2Error. */
  add(piece: Buffer, isLast: boolean): readonly Field[] | undefined {
    if (isLast && this.#parts === undefined) return this.#decode(piece);
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
    if (!isLast) return undefined;
    const block = Buffer.concat(this.#parts);
    this.#parts = undefined;
    this.#partBytes = 0;
    return this.#decode(block);
  }

  #decode(block: Buffer): readonly Field[] {
    const fields: Field[] = [];
    try {
      this.#decoder.decode(block, (name, value, sizeBytes) => {
        this.#bytesLeft -= sizeBytes;
        this.#fieldsLeft--;
        if (this.#bytesLeft < 0) throw tooLarge();
        if (this.#fieldsLeft < 0) throw new Http2FieldsTooLarge(`http2: more than ${MOST_FIELDS} header fields`);
        fields.push([name, value]);
      });
    } catch (error) {
      throw error instanceof HpackError ? new Http2Violation(CODE.COMPRESSION_ERROR, error.message) : error;
    }
    return fields;
  }
}

function tooLarge(): Http2FieldsTooLarge {
  return new Http2FieldsTooLarge(`http2: response header list larger than ${LARGEST_HEADER_BYTES} bytes`);
}

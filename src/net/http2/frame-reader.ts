import { CODE, DEFAULT_FRAME_BYTES, FRAME, frameName } from './http2-codes.js';
import { Http2Violation } from './http2-error.js';

/** One frame as it came (RFC 9113 §4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const HEAD_BYTES = 9;

/** The first bytes of a server that answers with HTTP/1, although HTTP/2 was negotiated. */
const HTTP1_START = 'HTTP/1.';

/** Cuts what a peer sends into frames; each octet is copied at most once, however it is cut. */
export class FrameReader {
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  /** The payload that is not complete yet, once its head is. */
  #payload: Buffer | undefined;
  #payloadBytes = 0;
  #isFirst = true;

  /**
   * Calls `onFrame` for every frame that is complete with this chunk, until it answers false. Returns how many bytes it
   * took. Throws Http2Violation.
   */
  push(chunk: Buffer, onFrame: (frame: Frame) => boolean): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headBytes < HEAD_BYTES) {
        at += this.#takeHead(chunk, at);
        if (this.#headBytes < HEAD_BYTES) return at;
      }
      const length = this.#lengthOfPayload();
      let payload: Buffer;
      if (this.#payload === undefined && chunk.length - at >= length) {
        payload = chunk.subarray(at, at + length);
        at += length;
      } else {
        at += this.#takePayload(chunk, at, length);
        if (this.#payload === undefined || this.#payloadBytes < length) return at;
        payload = this.#payload;
      }
      if (!onFrame(this.#frame(payload))) return at;
    }
    return at;
  }

  #takeHead(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#head, this.#headBytes, at, at + HEAD_BYTES - this.#headBytes);
    this.#headBytes += taken;
    if (this.#headBytes === HEAD_BYTES) this.#checkHead();
    return taken;
  }

  #takePayload(chunk: Buffer, at: number, length: number): number {
    this.#payload ??= Buffer.allocUnsafeSlow(length);
    const taken = chunk.copy(this.#payload, this.#payloadBytes, at);
    this.#payloadBytes += taken;
    return taken;
  }

  #lengthOfPayload(): number {
    return this.#head.readUIntBE(0, 3);
  }

  /** Checks the head of a frame, before the reader waits for its payload. */
  #checkHead(): void {
    const type = this.#head.readUInt8(3);
    if (this.#isFirst) this.#checkFirst(type);
    this.#isFirst = false;
    const length = this.#lengthOfPayload();
    if (length > DEFAULT_FRAME_BYTES) {
      throw new Http2Violation(CODE.FRAME_SIZE_ERROR, `${frameName(type)} frame of ${length} bytes`);
    }
  }

  #checkFirst(type: number): void {
    if (this.#head.toString('latin1', 0, HTTP1_START.length) === HTTP1_START) {
      throw new Http2Violation(
        CODE.PROTOCOL_ERROR,
        'the server answers with HTTP/1.1: its first frame looked like an HTTP/1.1 header',
      );
    }
    if (type !== FRAME.SETTINGS) {
      throw new Http2Violation(CODE.PROTOCOL_ERROR, `the first frame is ${frameName(type)}, not SETTINGS`);
    }
  }

  #frame(payload: Buffer): Frame {
    const head = this.#head;
    this.#headBytes = 0;
    this.#payload = undefined;
    this.#payloadBytes = 0;
    // The highest bit of the stream's number is reserved.
    return { type: head.readUInt8(3), flags: head.readUInt8(4), stream: head.readUInt32BE(5) & 0x7fff_ffff, payload };
  }
}

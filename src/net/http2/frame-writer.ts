import type { Socket } from 'node:net';
import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES, FLAG, FRAME, SETTING, STREAM } from './http2-codes.js';

const HEAD_BYTES = 9;

/** A frame whose payload fits into DEFAULT_FRAME_BYTES, which every peer takes. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  writeHead(bytes, { type, flags, stream, length: payload.length });
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly length: number;
}

function writeHead(bytes: Buffer, { type, flags, stream, length }: FrameHead): void {
  bytes.writeUIntBE(length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
}

/** The frames of a header block: HEADERS, and CONTINUATION for what does not fit. */
export function headerFrames(block: Buffer, endStream: boolean): readonly Buffer[] {
  const frames: Buffer[] = [];
  let start = 0;
  do {
    const end = Math.min(start + DEFAULT_FRAME_BYTES, block.length);
    const isFirst = start === 0;
    const flags = (isFirst && endStream ? FLAG.END_STREAM : 0) | (end === block.length ? FLAG.END_HEADERS : 0);
    frames.push(frame(isFirst ? FRAME.HEADERS : FRAME.CONTINUATION, flags, STREAM, block.subarray(start, end)));
    start = end;
  } while (start < block.length);
  return frames;
}

/** Returns a DATA frame (RFC 9113, 6.1) of the connection's only stream. */
export function dataFrame(bytes: Uint8Array, endStream: boolean): Buffer {
  return frame(FRAME.DATA, endStream ? FLAG.END_STREAM : 0, STREAM, bytes);
}

/** The acknowledgement of the server's SETTINGS (RFC 9113, 6.5.3). */
export const SETTINGS_ACK = frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0));

/** Returns the answer to a PING with this payload of 8 bytes (RFC 9113, 6.7). */
export function pingAck(payload: Buffer): Buffer {
  return frame(FRAME.PING, FLAG.ACK, 0, payload);
}

/** Returns a WINDOW_UPDATE frame (RFC 9113, 6.9); stream 0 is the connection. */
export function windowUpdate(stream: number, bytes: number): Buffer {
  return frame(FRAME.WINDOW_UPDATE, 0, stream, uint32(bytes));
}

/** Returns an RST_STREAM frame (RFC 9113, 6.4) with an error code. */
export function resetStream(code: number): Buffer {
  return frame(FRAME.RST_STREAM, 0, STREAM, uint32(code));
}

/** Returns a GOAWAY frame (RFC 9113, 6.8) with an error code. Its last stream is 0, since the server opens none. */
export function goAway(code: number): Buffer {
  return frame(FRAME.GOAWAY, 0, 0, Buffer.concat([uint32(0), uint32(code)]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** How much of a body may be under way: upstream's figure, so that a long way costs no throughput. */
export const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
/** The connection's window never holds its one stream up. */
export const CONNECTION_WINDOW_BYTES = 1024 * 1024 * 1024;

/** The start of every connection (RFC 9113 §3.4): no pushes, our window, and how large an answer's header may be. */
export function preface(largestHeaderBytes: number): Buffer {
  const settings: readonly (readonly [id: number, value: number])[] = [
    [SETTING.ENABLE_PUSH, 0],
    [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
    [SETTING.MAX_HEADER_LIST_SIZE, largestHeaderBytes],
  ];
  const payload = Buffer.alloc(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
    frame(FRAME.SETTINGS, 0, 0, payload),
    windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES),
  ]);
}

const FULL_BYTES = 64 * 1024;

/** Collects frames, so that those of one moment go out in one write. */
export class FrameWriter {
  readonly #socket: Socket;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  queue(...frames: readonly Buffer[]): void {
    for (const each of frames) {
      this.#waiting.push(each);
      this.#waitingBytes += each.length;
    }
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Enough for a write. */
  get isFull(): boolean {
    return this.#waitingBytes >= FULL_BYTES;
  }

  /** Writes what has been queued. Returns false if the socket wants no more for the moment: wait for its 'drain'. */
  flush(): boolean {
    const [only] = this.#waiting;
    if (only === undefined) return true;
    const bytes = this.#waiting.length === 1 ? only : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    // A peer that has closed the connection reads nothing more. Data that it sent before is still read.
    return !this.#socket.writable || this.#socket.write(bytes);
  }
}

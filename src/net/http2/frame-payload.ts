import type { Frame } from './frame-reader.js';
import {
  CODE,
  DEFAULT_FRAME_BYTES,
  FLAG,
  FRAME,
  frameName,
  LARGEST_FRAME_BYTES,
  LARGEST_WINDOW_BYTES,
  SETTING,
} from './http2-codes.js';
import { type Farewell, Http2Violation } from './http2-error.js';

/**
 * Sizes that a payload has to have (RFC 9113 §6.3 to §6.9); those of SETTINGS and GOAWAY are checked where they are
 * read.
 */
const PAYLOAD_BYTES: ReadonlyMap<number, number> = new Map([
  [FRAME.PRIORITY, 5],
  [FRAME.RST_STREAM, 4],
  [FRAME.PING, 8],
  [FRAME.WINDOW_UPDATE, 4],
]);

/** Frames of a stream, and of the whole connection; WINDOW_UPDATE may be either. */
const OF_STREAM: ReadonlySet<number> = new Set([
  ...[FRAME.DATA, FRAME.HEADERS, FRAME.PRIORITY, FRAME.RST_STREAM, FRAME.PUSH_PROMISE, FRAME.CONTINUATION],
]);
const OF_CONNECTION: ReadonlySet<number> = new Set([FRAME.SETTINGS, FRAME.PING, FRAME.GOAWAY]);

/** Checks what does not depend on what came before. Throws Http2Violation. */
export function checkShape({ type, stream, payload }: Frame): void {
  if (stream === 0 ? OF_STREAM.has(type) : OF_CONNECTION.has(type)) {
    throw new Http2Violation(CODE.PROTOCOL_ERROR, `${frameName(type)} frame on stream ${stream}`);
  }
  const bytes = PAYLOAD_BYTES.get(type);
  if (bytes !== undefined && payload.length !== bytes) throw wrongSize(type, payload);
}

function wrongSize(type: number, payload: Buffer): Http2Violation {
  return new Http2Violation(CODE.FRAME_SIZE_ERROR, `${frameName(type)} frame of ${payload.length} bytes`);
}

/** The payload without its padding and, for HEADERS, without its priority (RFC 9113 §6.1, §6.2). */
export function withoutPadding({ type, flags, payload }: Frame): Buffer {
  const isPadded = (flags & FLAG.PADDED) !== 0;
  const priorityBytes = type === FRAME.HEADERS && (flags & FLAG.PRIORITY) !== 0 ? 5 : 0;
  if (!isPadded && priorityBytes === 0) return payload;
  const start = (isPadded ? 1 : 0) + priorityBytes;
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (payload.length < start) throw wrongSize(type, payload);
  if (end < start) throw new Http2Violation(CODE.PROTOCOL_ERROR, `padding longer than its ${frameName(type)} frame`);
  return payload.subarray(start, end);
}

/** Whether a SETTINGS or PING frame answers one of ours. */
export function isAck({ flags }: Frame): boolean {
  return (flags & FLAG.ACK) !== 0;
}

/**
 * The peer's INITIAL_WINDOW_SIZE, if the frame sets it; the values of all settings that we know are checked (RFC 9113
 * §6.5.2, RFC 8441 §3).
 */
export function readSettings(frame: Frame): number | undefined {
  const { payload } = frame;
  if (payload.length % 6 !== 0 || (isAck(frame) && payload.length > 0)) throw wrongSize(FRAME.SETTINGS, payload);
  let window: number | undefined;
  for (let at = 0; at < payload.length; at += 6) {
    const id = payload.readUInt16BE(at);
    const value = payload.readUInt32BE(at + 2);
    checkSetting(id, value);
    if (id === SETTING.INITIAL_WINDOW_SIZE) window = value;
  }
  return window;
}

function checkSetting(id: number, value: number): void {
  // A server must not set ENABLE_PUSH to 1, but it has no effect, so it is ignored, as upstream does.
  if (id === SETTING.ENABLE_PUSH && value > 1) {
    throw new Http2Violation(CODE.PROTOCOL_ERROR, `SETTINGS frame with ENABLE_PUSH ${value}`);
  }
  if (id === SETTING.ENABLE_CONNECT_PROTOCOL && value > 1) {
    throw new Http2Violation(CODE.PROTOCOL_ERROR, `SETTINGS frame with ENABLE_CONNECT_PROTOCOL ${value}`);
  }
  if (id === SETTING.INITIAL_WINDOW_SIZE && value > LARGEST_WINDOW_BYTES) {
    throw new Http2Violation(CODE.FLOW_CONTROL_ERROR, `SETTINGS frame with INITIAL_WINDOW_SIZE ${value}`);
  }
  if (id === SETTING.MAX_FRAME_SIZE && (value < DEFAULT_FRAME_BYTES || value > LARGEST_FRAME_BYTES)) {
    throw new Http2Violation(CODE.PROTOCOL_ERROR, `SETTINGS frame with MAX_FRAME_SIZE ${value}`);
  }
}

/** Returns the bytes that a WINDOW_UPDATE frame adds (RFC 9113, 6.9). Throws Http2Violation for 0. */
export function readWindowIncrement({ payload, stream }: Frame): number {
  const bytes = payload.readUInt32BE(0) & 0x7fff_ffff;
  if (bytes === 0) {
    const scope = stream === 0 ? 'connection' : 'stream';
    throw new Http2Violation(CODE.PROTOCOL_ERROR, 'WINDOW_UPDATE frame with an increment of 0', scope);
  }
  return bytes;
}

/** The most bytes that are kept of a GOAWAY's debug data. */
const LONGEST_DEBUG_BYTES = 200;

/** Reads a GOAWAY frame (RFC 9113, 6.8). Throws Http2Violation for one that is too short. */
export function readFarewell({ payload }: Frame): Farewell {
  if (payload.length < 8) throw wrongSize(FRAME.GOAWAY, payload);
  return {
    lastStream: payload.readUInt32BE(0) & 0x7fff_ffff,
    code: payload.readUInt32BE(4),
    debug: payload.toString('utf8', 8, 8 + LONGEST_DEBUG_BYTES),
  };
}

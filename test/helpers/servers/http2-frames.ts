/** Frames of HTTP/2 by hand (RFC 9113 §4), for servers that do what no library lets them do. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export type RawField = readonly [name: string, value: string];

/** HPACK without index and without Huffman. */
export function block(fields: readonly RawField[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([length(bytes.length), bytes]);
}

/** An integer of seven bits and more (RFC 7541 §5.1). */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const octets = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push(128 + (rest % 128));
  return Buffer.from([...octets, rest]);
}

const END_STREAM = 1;
const END_HEADERS = 4;

/** The first stream that a client opens. */
const STREAM = 1;
const LARGEST_FRAME_BYTES = 16_384;

export function settingsOf(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id & 255), uint32(value)]));
  return frame(4, 0, 0, Buffer.concat(payload));
}

export const settings = settingsOf();

/** A whole header block: HEADERS, and CONTINUATION where it needs them. */
export function headers(fields: Readonly<Record<string, string>> | readonly RawField[], end: 'end' | 'more'): Buffer {
  // Array.isArray does not narrow readonly arrays.
  const list = Array.isArray(fields)
    ? (fields as readonly RawField[])
    : Object.entries(fields as Record<string, string>);
  return blockFrames(block(list), end);
}

export function blockFrames(bytes: Buffer, end: 'end' | 'more'): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += LARGEST_FRAME_BYTES) {
    const isLast = at + LARGEST_FRAME_BYTES >= bytes.length;
    const flags = (isLast ? END_HEADERS : 0) | (at === 0 && end === 'end' ? END_STREAM : 0);
    frames.push(frame(at === 0 ? 1 : 9, flags, STREAM, bytes.subarray(at, at + LARGEST_FRAME_BYTES)));
  }
  return Buffer.concat(frames);
}

export function data(bytes: Uint8Array | string, end: 'end' | 'more' = 'more'): Buffer {
  return frame(0, end === 'end' ? END_STREAM : 0, STREAM, Buffer.from(bytes));
}

export function resetStream(errorCode: number): Buffer {
  return frame(3, 0, STREAM, uint32(errorCode));
}

export function goAway(errorCode: number, lastStream = 0, debug = ''): Buffer {
  return frame(7, 0, 0, Buffer.concat([uint32(lastStream), uint32(errorCode), Buffer.from(debug)]));
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  return frame(8, 0, stream, uint32(bytes));
}

export function ping(isAck = false): Buffer {
  return frame(6, isAck ? 1 : 0, 0, Buffer.from('12345678'));
}

/** A frame as it came, for those who look at what a client sends. */
export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The complete frames of what a client has sent, its preface left out. */
export function framesOf(sent: Buffer): readonly SeenFrame[] {
  const frames: SeenFrame[] = [];
  for (let at = 24; at + 9 <= sent.length;) {
    const end = at + 9 + sent.readUIntBE(at, 3);
    if (end > sent.length) break;
    const stream = sent.readUInt32BE(at + 5);
    frames.push({
      type: sent.readUInt8(at + 3),
      flags: sent.readUInt8(at + 4),
      stream,
      payload: sent.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

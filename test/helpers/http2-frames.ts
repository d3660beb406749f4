/** Frames of HTTP/2 by hand (RFC 9113 §4), for servers that do what no library lets them do. */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** HPACK without index and without Huffman; names and values below 127 bytes. */
function field([name, value]: readonly [string, string]): Buffer {
  return Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
}

const END_STREAM = 1;
const END_HEADERS = 4;
const END_BOTH = END_STREAM | END_HEADERS;

/** The first stream that a client opens. */
const STREAM = 1;

export const settings = frame(4, 0, 0);

export function headers(fields: Readonly<Record<string, string>>, end: 'end' | 'more'): Buffer {
  const block = Buffer.concat(Object.entries(fields).map(field));
  return frame(1, end === 'end' ? END_BOTH : END_HEADERS, STREAM, block);
}

export function data(bytes: Uint8Array, end: 'end' | 'more' = 'more'): Buffer {
  return frame(0, end === 'end' ? END_STREAM : 0, STREAM, Buffer.from(bytes));
}

export function resetStream(errorCode: number): Buffer {
  return frame(3, 0, STREAM, uint32(errorCode));
}

export function goAway(errorCode: number): Buffer {
  return frame(7, 0, 0, Buffer.concat([uint32(0), uint32(errorCode)]));
}

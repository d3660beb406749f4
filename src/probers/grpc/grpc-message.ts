/**
 * The length of the prefix of a message: a flag for compression and the length (gRPC over HTTP/2,
 * "Length-Prefixed-Message").
 */
const PREFIX_BYTES = 5;

/** Adds the prefix to a message, which is not compressed. */
export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** A body does not consist of complete, uncompressed messages. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/**
 * Splits a complete body into messages. Fewer bytes than a prefix at its end are ignored, as by grpc-go. Throws
 * FramingError.
 */
export function unframeMessages(body: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let offset = 0; body.length - offset >= PREFIX_BYTES;) {
    // The request accepts no compression, so a compressed message violates the protocol.
    if (body[offset] !== 0) throw new FramingError('grpc: compressed flag set with identity or empty encoding');
    const length = new DataView(body.buffer, body.byteOffset + offset, PREFIX_BYTES).getUint32(1);
    const start = offset + PREFIX_BYTES;
    if (body.length - start < length) throw new FramingError('unexpected EOF');
    messages.push(body.subarray(start, start + length));
    offset = start + length;
  }
  return messages;
}

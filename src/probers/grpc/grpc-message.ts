/** The five bytes before each message: a flag for compression and the length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;

/** Puts one message into its frame, uncompressed. */
export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** A body that is not made of whole, uncompressed messages. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** The messages of a complete body; throws FramingError. */
export function unframeMessages(body: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let offset = 0; offset < body.length;) {
    if (body.length - offset < PREFIX_BYTES) throw new FramingError('unexpected EOF in the head of a message');
    // The request named no encoding that it accepts, so that compressing is against the protocol.
    if (body[offset] !== 0) throw new FramingError('compressed flag set with identity or empty encoding');
    const length = new DataView(body.buffer, body.byteOffset + offset, PREFIX_BYTES).getUint32(1);
    const start = offset + PREFIX_BYTES;
    if (body.length - start < length) throw new FramingError('unexpected EOF in a message');
    messages.push(body.subarray(start, start + length));
    offset = start + length;
  }
  return messages;
}

import type { Steps } from '../../values/in-slices.js';
import { handshakeMessages } from './handshake-messages.js';
import type { ServerFlight } from './server-flight.js';

const CERTIFICATE = 11;
const LENGTH_BYTES = 3;

/**
 * The certificates that a server sent, in DER and in its order; undefined if it did not get so far. Throws
 * FlightLimitError. They are views of the flight's bytes.
 */
export function* certificatesInFlight(flight: ServerFlight): Steps<Buffer[] | undefined> {
  for (const message of handshakeMessages(flight)) {
    if (message === undefined) {
      yield;
      continue;
    }
    const { type, body, isProtected } = message;
    if (type === CERTIFICATE) return isProtected ? listOfTls13(body) : list(body, 0);
  }
  return undefined;
}

/** With a context of a length in one byte before the list, and extensions behind each certificate (RFC 8446, 4.4.2). */
function listOfTls13(body: Buffer): Buffer[] | undefined {
  return list(body.subarray(1 + (body[0] ?? 0)), 2);
}

/**
 * A list whose entries are certificates (RFC 5246, 7.4.2), each with so many bytes of a length behind it, and what that
 * says.
 */
function list(body: Buffer, extensionLengthBytes: 0 | 2): Buffer[] | undefined {
  if (body.length < LENGTH_BYTES || body.readUIntBE(0, LENGTH_BYTES) !== body.length - LENGTH_BYTES) return undefined;
  const certificates: Buffer[] = [];
  for (let at = LENGTH_BYTES; at < body.length;) {
    if (at + LENGTH_BYTES > body.length) return undefined;
    const start = at + LENGTH_BYTES;
    const end = start + body.readUIntBE(at, LENGTH_BYTES);
    if (end + extensionLengthBytes > body.length) return undefined;
    certificates.push(body.subarray(start, end));
    at = end + extensionLengthBytes + (extensionLengthBytes === 0 ? 0 : body.readUInt16BE(end));
    if (at > body.length) return undefined;
  }
  return certificates;
}

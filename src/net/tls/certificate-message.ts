import type { Steps } from '../../values/in-slices.js';
import { FlightReader, type HandshakeMessage } from './handshake-messages.js';
import type { PeerFlight } from './peer-flight.js';

const CERTIFICATE = 11;
const LENGTH_BYTES = 3;

/**
 * The certificates that a server sent, in DER and in its order; undefined if it did not get so far. Throws
 * FlightLimitError. They are views of the flight's bytes.
 */
export function* certificatesInFlight(flight: PeerFlight): Steps<Buffer[] | undefined> {
  const reader = new FlightReader(flight);
  for (;;) {
    const next = reader.next();
    if (next === 'pause') yield;
    else if (typeof next === 'string') return undefined;
    else if (hasCertificates(next)) return certificatesOf(next);
  }
}

/** Whether a message of the handshake is the one with the certificates. */
export function hasCertificates({ type }: HandshakeMessage): boolean {
  return type === CERTIFICATE;
}

/** The certificates of their message; undefined if it is malformed. */
export function certificatesOf({ body, isProtected }: HandshakeMessage): Buffer[] | undefined {
  return isProtected ? listOfTls13(body) : list(body, 0);
}

/**
 * Reads the list of a TLS 1.3 message: a context with a length of one byte precedes it, and extensions follow each
 * certificate (RFC 8446, 4.4.2).
 */
function listOfTls13(body: Buffer): Buffer[] | undefined {
  return list(body.subarray(1 + (body[0] ?? 0)), 2);
}

/**
 * Reads a list of certificates (RFC 5246, 7.4.2). Behind each one stand a length of `extensionLengthBytes` bytes and as
 * many bytes as it says.
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

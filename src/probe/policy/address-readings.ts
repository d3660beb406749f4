import type { AddressBytes } from './address-block.js';

/** An IPv4 address inside an IPv6 address: for which addresses, and where. */
interface Embedding {
  /** The bytes that the address must have from `from` on (0 if absent). */
  readonly prefix: readonly number[];
  readonly from?: number;
  /** The places of the four bytes. */
  readonly at: readonly number[];
  /** Whether the four bytes are inverted. */
  readonly inverted?: true;
}

const LAST = [12, 13, 14, 15];
const ZEROS_8 = [0, 0, 0, 0, 0, 0, 0, 0];
const LOCAL_NAT64 = [0, 0x64, 0xff, 0x9b, 0, 1];

/** Every way in which an IPv6 address stands for one of IPv4. IPv4-mapped ones have been read as IPv4 before. */
const EMBEDDINGS: readonly Embedding[] = [
  // IPv4-compatible (RFC 4291, 2.5.5.1), and IPv4-translated (RFC 2765).
  { prefix: [...ZEROS_8, 0, 0, 0, 0], at: LAST },
  { prefix: [...ZEROS_8, 0xff, 0xff, 0, 0], at: LAST },
  // NAT64: the well-known prefix (RFC 6052), and prefixes of each length in the one for local use (RFC 8215).
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], at: LAST },
  { prefix: LOCAL_NAT64, at: LAST },
  { prefix: LOCAL_NAT64, at: [6, 7, 9, 10] },
  { prefix: LOCAL_NAT64, at: [7, 9, 10, 11] },
  { prefix: LOCAL_NAT64, at: [9, 10, 11, 12] },
  // 6to4 (RFC 3056).
  { prefix: [0x20, 0x02], at: [2, 3, 4, 5] },
  // Teredo (RFC 4380): the server, and the client behind its NAT.
  { prefix: [0x20, 0x01, 0, 0], at: [4, 5, 6, 7] },
  { prefix: [0x20, 0x01, 0, 0], at: LAST, inverted: true },
  // ISATAP (RFC 5214), of a private or of a public address.
  { prefix: [0, 0, 0x5e, 0xfe], from: 8, at: LAST },
  { prefix: [2, 0, 0x5e, 0xfe], from: 8, at: LAST },
];

/** Linux connects to the loopback where an address is unspecified (ip(7), INADDR_ANY; RFC 4291, 2.5.2). */
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_6 = Uint8Array.of(...ZEROS_8, 0, 0, 0, 0, 0, 0, 0, 1);

/**
 * The address itself and every one that packets to it may end at. Where it is unspecified, Linux connects to `source`
 * if the socket is bound to that.
 */
export function readingsOf(bytes: AddressBytes, source?: AddressBytes): readonly AddressBytes[] {
  const read = bytes.length === 4 ? [bytes] : [bytes, ...embeddedIn(bytes)];
  const own = source === undefined ? [LOOPBACK, LOOPBACK_6] : [LOOPBACK, LOOPBACK_6, source];
  return read.flatMap((each) => (each.every((byte) => byte === 0) ? [each, ...own] : [each]));
}

function embeddedIn(bytes: AddressBytes): readonly AddressBytes[] {
  const embedded = EMBEDDINGS.filter(({ prefix, from = 0 }) =>
    prefix.every((byte, index) => bytes[from + index] === byte),
  );
  return embedded.map(({ at, inverted }) =>
    Uint8Array.from(at, (index) => (bytes[index] ?? 0) ^ (inverted === true ? 0xff : 0)),
  );
}

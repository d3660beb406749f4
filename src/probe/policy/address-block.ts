import { isIpAddress, parseIpAddress } from '../../values/address/ip-address.js';

/** The bytes of an address, without what does not tell where it leads: 4 of IPv4, 16 of IPv6. */
export type AddressBytes = Uint8Array;

/** A block of addresses of one family (RFC 4632, RFC 4291). */
export interface AddressBlock {
  /** The first address. */
  readonly bytes: AddressBytes;
  /** How many leading bits all addresses of the block share. */
  readonly bits: number;
}

/** The leading bits of an IPv4-mapped IPv6 address. */
const MAPPED_BITS = 96;

/**
 * Parses `10.0.0.0/8`, `fd00::/8` or a single address. A block of IPv4-mapped addresses is one of IPv4, as the
 * addresses in it are. Throws an Error that says what would be right.
 */
export function parseAddressBlock(text: string): AddressBlock {
  const [address = '', prefix, ...more] = text.split('/');
  const parsed = isIpAddress(address) && !address.includes('%') ? parseIpAddress(address) : undefined;
  if (parsed === undefined || more.length > 0)
    throw new Error('this is no address, no block such as 10.0.0.0/8, and no set');
  const isMapped = parsed.family === 4 && address.includes(':');
  const most = address.includes(':') ? 128 : 32;
  if (prefix !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(prefix)) throw new Error(badPrefix(most));
  const given = prefix === undefined ? most : Number(prefix);
  const bits = isMapped ? given - MAPPED_BITS : given;
  if (given > most || bits < 0) throw new Error(badPrefix(most));
  const { bytes } = parsed;
  const block = { bytes: firstAddress(bytes, bits), bits };
  if (Buffer.compare(block.bytes, bytes) !== 0) {
    throw new Error(
      `the address has bits beyond the prefix: write the first address of the block, or a prefix of /${most}`,
    );
  }
  return block;
}

function badPrefix(most: number): string {
  return `the prefix after the slash must be a number from 0 to ${most}`;
}

/** The first address of the block of `bits` bits that an address is in. */
export function firstAddress(bytes: AddressBytes, bits: number): AddressBytes {
  return bytes.map((byte, index) => byte & maskOf(index, bits));
}

/** The bits of the byte at `index` that belong to a prefix of `bits` bits. */
function maskOf(index: number, bits: number): number {
  const own = Math.min(8, Math.max(0, bits - 8 * index));
  return (0xff << (8 - own)) & 0xff;
}

/** Whether an address is in a block; one of the other family never is. */
export function isInBlock(address: AddressBytes, { bytes, bits }: AddressBlock): boolean {
  if (address.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let index = 0; index < whole; index++) if (address[index] !== bytes[index]) return false;
  return bits % 8 === 0 || ((address[whole] ?? 0) & maskOf(whole, bits)) === bytes[whole];
}

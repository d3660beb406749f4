import { atOnce, type Steps } from '../in-slices.js';

/** The Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_unused, index) => {
  let remainder = index;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** Bytes between two moments at which others may have their turn: less than half a millisecond. */
const BYTES_A_STEP = 64 * 1024;

/** Returns the CRC-32C of the bytes, a number from 0 to 2^32-1. */
export function crc32c(bytes: Uint8Array): number {
  return atOnce(crc32cSteps(bytes));
}

/** Does in steps what crc32c does. */
export function* crc32cSteps(bytes: Uint8Array): Steps<number> {
  let crc = 0xffff_ffff;
  for (let from = 0; from < bytes.length; from += BYTES_A_STEP) {
    if (from > 0) yield;
    for (const byte of bytes.subarray(from, from + BYTES_A_STEP)) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/**
 * Masks a CRC-32C, as formats do whose data contains checksums itself: the checksum of such data would be weak (snappy,
 * framing_format.txt, section 3; LevelDB, util/crc32c.h).
 */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

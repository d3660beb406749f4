import zlib from 'node:zlib';

const FIXED_BYTES = 10;
const FLAG_HEADER_CRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
/** Go's limit for the file name and for the comment, the terminating zero included. */
const LONGEST_TEXT_BYTES = 512;

/**
 * The length in bytes of the gzip member header that `bytes` begins with (RFC 1952 §2.3); `incomplete` while it can
 * still become one, which it cannot beyond 67 KB.
 */
export function gzipHeaderLength(bytes: Buffer): number | 'incomplete' | 'invalid' {
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return 'invalid';
  const flags = bytes[3] ?? 0;
  let end = FIXED_BYTES;
  if ((flags & FLAG_EXTRA) !== 0) {
    if (bytes.length < end + 2) return 'incomplete';
    end += 2 + bytes.readUInt16LE(end);
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    if (bytes.length < end) return 'incomplete';
    const zero = bytes.indexOf(0, end);
    if (zero >= end + LONGEST_TEXT_BYTES || (zero === -1 && bytes.length >= end + LONGEST_TEXT_BYTES)) return 'invalid';
    if (zero === -1) return 'incomplete';
    end = zero + 1;
  }
  if ((flags & FLAG_HEADER_CRC) !== 0) {
    if (bytes.length < end + 2) return 'incomplete';
    if ((zlib.crc32(bytes.subarray(0, end)) & 0xffff) !== bytes.readUInt16LE(end)) return 'invalid';
    end += 2;
  }
  return bytes.length < end ? 'incomplete' : end;
}

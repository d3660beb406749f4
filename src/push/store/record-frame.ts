import { crc32 } from 'node:zlib';

/** The largest number of six bytes. With one batch in a microsecond it is reached after nine years. */
const SEQUENCE_BYTES = 6;
const CHECKSUM_BYTES = 4;

/**
 * A record as stored. LevelDB does not verify its own checksums when it reads, so each record has one, which also
 * covers the key.
 */
export interface FramedRecord {
  /** The number of the batch that wrote it. */
  readonly sequence: number;
  readonly payload: Buffer;
}

/**
 * Returns the stored bytes of a record: a CRC-32 of the key and of all that follows, the sequence number, and the
 * payload.
 */
export function frameRecord(key: string, { sequence, payload }: FramedRecord): Buffer {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + SEQUENCE_BYTES + payload.length);
  bytes.writeUIntBE(sequence, CHECKSUM_BYTES, SEQUENCE_BYTES);
  payload.copy(bytes, CHECKSUM_BYTES + SEQUENCE_BYTES);
  bytes.writeUInt32BE(checksum(key, bytes.subarray(CHECKSUM_BYTES)), 0);
  return bytes;
}

/** Reads the bytes that `frameRecord` wrote. Returns undefined if any bit of them or of the key has changed. */
export function unframeRecord(key: string, bytes: Buffer): FramedRecord | undefined {
  if (bytes.length < CHECKSUM_BYTES + SEQUENCE_BYTES) return undefined;
  if (bytes.readUInt32BE(0) !== checksum(key, bytes.subarray(CHECKSUM_BYTES))) return undefined;
  return {
    sequence: bytes.readUIntBE(CHECKSUM_BYTES, SEQUENCE_BYTES),
    payload: bytes.subarray(CHECKSUM_BYTES + SEQUENCE_BYTES),
  };
}

function checksum(key: string, rest: Buffer): number {
  return crc32(rest, crc32(key));
}

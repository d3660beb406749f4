import { crc32 } from 'node:zlib';

/** The largest number of six bytes; a batch a microsecond reaches it in nine years. */
const SEQUENCE_BYTES = 6;
const CHECKSUM_BYTES = 4;

/** A record as it is stored: LevelDB does not verify its own checksums when it reads, so each record brings one, over its key too. */
export interface FramedRecord {
  /** The number of the batch that wrote it. */
  readonly sequence: number;
  readonly payload: Buffer;
}

/** The stored bytes of a record: CRC-32 of all that follows and of the key, the sequence number, the payload. */
export function frameRecord(key: string, { sequence, payload }: FramedRecord): Buffer {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + SEQUENCE_BYTES + payload.length);
  bytes.writeUIntBE(sequence, CHECKSUM_BYTES, SEQUENCE_BYTES);
  payload.copy(bytes, CHECKSUM_BYTES + SEQUENCE_BYTES);
  bytes.writeUInt32BE(checksum(key, bytes.subarray(CHECKSUM_BYTES)), 0);
  return bytes;
}

/** Reads what `frameRecord` wrote; undefined if a bit of it, or of its key, has changed since. */
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

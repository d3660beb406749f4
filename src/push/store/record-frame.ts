import { crc32 } from 'node:zlib';
import { atOnce } from '../../values/in-slices.js';

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
export function frameRecord(key: string, record: FramedRecord): Buffer {
  return atOnce(frameSteps(key, record));
}

/** Does in steps what frameRecord does. */
export function* frameSteps(key: string, { sequence, payload }: FramedRecord): Generator<undefined, Buffer> {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + SEQUENCE_BYTES + payload.length);
  bytes.writeUIntBE(sequence, CHECKSUM_BYTES, SEQUENCE_BYTES);
  payload.copy(bytes, CHECKSUM_BYTES + SEQUENCE_BYTES);
  yield;
  bytes.writeUInt32BE(yield* checksum(key, bytes.subarray(CHECKSUM_BYTES)), 0);
  return bytes;
}

/** Reads the bytes that `frameRecord` wrote. Returns undefined if any bit of them or of the key has changed. */
export function unframeRecord(key: string, bytes: Buffer): FramedRecord | undefined {
  if (bytes.length < CHECKSUM_BYTES + SEQUENCE_BYTES) return undefined;
  if (bytes.readUInt32BE(0) !== atOnce(checksum(key, bytes.subarray(CHECKSUM_BYTES)))) return undefined;
  return {
    sequence: bytes.readUIntBE(CHECKSUM_BYTES, SEQUENCE_BYTES),
    payload: bytes.subarray(CHECKSUM_BYTES + SEQUENCE_BYTES),
  };
}

/** Bytes that are summed up between two moments at which others may have their turn: half a millisecond. */
const BYTES_A_STEP = 256 * 1024;

function* checksum(key: string, rest: Buffer): Generator<undefined, number> {
  let sum = crc32(key);
  for (let at = 0; at < rest.length; at += BYTES_A_STEP) {
    if (at > 0) yield;
    sum = crc32(rest.subarray(at, at + BYTES_A_STEP), sum);
  }
  return sum;
}

import { crc32cSteps, maskCrc32c } from '../../values/codec/crc32c.js';
import { decodeSnappyBlock, SnappyError } from '../../values/codec/snappy-block.js';
import type { Steps } from '../../values/in-slices.js';

/** A record of a table file. */
export interface TableRecord {
  readonly key: string;
  readonly value: Buffer;
}

/** The place of a block in the file, in bytes; a trailer follows it. */
interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

/** A key and a value within a block. */
interface BlockEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** LevelDB, doc/table_format.md: the last bytes of a file, and the number at their end. */
const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** The kind of compression and the checksum of a block. */
const TRAILER_BYTES = 5;
const [UNPACKED, SNAPPY] = [0, 1];
/** Three bytes of snappy stand for at most 64. */
const MOST_GROWTH = 32;

/**
 * Whether all blocks of a LevelDB's table file have their checksums. LevelDB does not look at these when it reads, and
 * a single changed bit can make it end the process: it asserts that keys are long enough, and allocates whatever the
 * footer says.
 */
export function* isTableIntact(bytes: Buffer): Steps<boolean> {
  const footer = readFooter(bytes);
  if (footer === undefined) return false;
  for (const handle of [footer.properties, footer.index]) {
    if (!(yield* isBlockIntact(bytes, handle))) return false;
    for (const { value } of entriesOf(contentOf(bytes, handle))) {
      const inner = readHandle(value, 0)?.handle;
      if (inner === undefined || !(yield* isBlockIntact(bytes, inner))) return false;
    }
  }
  return true;
}

/**
 * Returns what can be found in a damaged table file, the newest record of each key; deleted ones are left out. Whether
 * a record is as it was written, only its own checksum can tell.
 */
export function* recordsInTable(bytes: Buffer): Steps<readonly TableRecord[]> {
  const newest = new Map<string, { readonly version: bigint; readonly value: Buffer | undefined }>();
  const footer = readFooter(bytes);
  const blocks = footer === undefined ? [] : entriesOf(contentOf(bytes, footer.index));
  for (const { value: place } of blocks) {
    yield;
    const handle = readHandle(place, 0)?.handle;
    if (handle === undefined) continue;
    for (const { key: versioned, value } of entriesOf(contentOf(bytes, handle))) {
      if (versioned.length < VERSION_BYTES) continue;
      const key = versioned.toString('utf8', 0, versioned.length - VERSION_BYTES);
      const version = versioned.readBigUInt64LE(versioned.length - VERSION_BYTES);
      if (version < (newest.get(key)?.version ?? 0n)) continue;
      newest.set(key, { version, value: (version & 0xffn) === DELETION ? undefined : value });
    }
  }
  return [...newest].flatMap(([key, { value }]) => (value === undefined ? [] : { key, value }));
}

/** LevelDB, doc/impl.md: a key ends with the number of its write and the kind of that. */
const VERSION_BYTES = 8;
const DELETION = 0n;

function readFooter(bytes: Buffer): { readonly properties: BlockHandle; readonly index: BlockHandle } | undefined {
  if (bytes.length < FOOTER_BYTES || bytes.readBigUInt64LE(bytes.length - 8) !== MAGIC) return undefined;
  const properties = readHandle(bytes, bytes.length - FOOTER_BYTES);
  const index = properties && readHandle(bytes, properties.next);
  return index && { properties: properties.handle, index: index.handle };
}

function readHandle(bytes: Buffer, at: number): { readonly handle: BlockHandle; readonly next: number } | undefined {
  const offset = readVarint(bytes, at);
  const size = offset && readVarint(bytes, offset.next);
  return size && { handle: { offset: offset.value, size: size.value }, next: size.next };
}

/** The most bytes of a number below 2^53. */
const LONGEST_VARINT = 8;

/** Reads a number of seven bits a byte, the lowest first; undefined if the bytes end before, or it is too large. */
function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let index = 0; index < LONGEST_VARINT; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? { value, next: at + index + 1 } : undefined;
  }
  return undefined;
}

function isInside(bytes: Buffer, { offset, size }: BlockHandle): boolean {
  return offset + size + TRAILER_BYTES <= bytes.length;
}

function* isBlockIntact(bytes: Buffer, handle: BlockHandle): Steps<boolean> {
  if (!isInside(bytes, handle)) return false;
  yield;
  const end = handle.offset + handle.size + 1;
  return maskCrc32c(yield* crc32cSteps(bytes.subarray(handle.offset, end))) === bytes.readUInt32LE(end);
}

/** The unpacked content of a block; empty if it cannot be read. */
function contentOf(bytes: Buffer, handle: BlockHandle): Buffer {
  if (!isInside(bytes, handle)) return NOTHING;
  const end = handle.offset + handle.size;
  const packed = bytes.subarray(handle.offset, end);
  if (bytes[end] === UNPACKED) return packed;
  if (bytes[end] !== SNAPPY) return NOTHING;
  try {
    return decodeSnappyBlock(packed, packed.length * MOST_GROWTH);
  } catch (error) {
    if (!(error instanceof SnappyError)) throw error;
    return NOTHING;
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * The entries of a block, run by run: each key says how many bytes it shares with the one before, and at the offsets
 * listed at the end of the block a key shares none. So what is damaged costs one run.
 */
function* entriesOf(block: Buffer): Generator<BlockEntry> {
  if (block.length < 4) return;
  const end = block.length - 4 - 4 * block.readUInt32LE(block.length - 4);
  for (let at = end; at >= 0 && at < block.length - 4; at += 4) {
    const isLast = at + 4 === block.length - 4;
    yield* runOf(block, block.readUInt32LE(at), isLast ? end : Math.min(block.readUInt32LE(at + 4), end));
  }
}

function* runOf(block: Buffer, from: number, to: number): Generator<BlockEntry> {
  let key = NOTHING;
  for (let at = from; at < to;) {
    const shared = readVarint(block, at);
    const added = shared && readVarint(block, shared.next);
    const length = added && readVarint(block, added.next);
    if (shared === undefined || added === undefined || length === undefined || shared.value > key.length) return;
    const middle = length.next + added.value;
    const next = middle + length.value;
    if (next > to) return;
    key = Buffer.concat([key.subarray(0, shared.value), block.subarray(length.next, middle)]);
    yield { key, value: block.subarray(middle, next) };
    at = next;
  }
}

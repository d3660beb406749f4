import { crc32c } from '../../../src/values/codec/crc32c.js';

const IDENTIFIER = Buffer.from([0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
const UNCOMPRESSED = 1;

/** Bytes in the snappy framing format, not compressed, `chunkBytes` a chunk. */
export function snappyStream(content: Buffer, chunkBytes = 65_536): Buffer {
  const out: Buffer[] = [IDENTIFIER];
  for (let at = 0; at < content.length; at += chunkBytes) {
    const chunk = content.subarray(at, at + chunkBytes);
    const crc = crc32c(chunk);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(((chunk.length + 4) << 8) | UNCOMPRESSED);
    head.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 4);
    out.push(head, chunk);
  }
  return Buffer.concat(out);
}

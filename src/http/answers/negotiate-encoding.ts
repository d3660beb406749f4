import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';

const ITEM = /^\s*([^\s,;]+)\s*(?:;\s*q=([01])(?:\.(\d*))?\s*)?$/;

/** The most items of an Accept-Encoding header that are read; clients send a handful. */
const MOST_ITEMS = 100;

interface CodingRange {
  readonly coding: string;
  readonly quality: number;
}

/**
 * Whether an Accept-Encoding header ("" if there is none) prefers gzip, by upstream's rule: the highest quality among
 * identity and gzip wins, `*` stands for both, and identity wins ties.
 */
export function prefersGzip(acceptEncoding: string): boolean {
  let best = -1;
  let gzip = false;
  const ranges = codingRanges(acceptEncoding);
  for (const offer of ['identity', 'gzip']) {
    for (const { coding, quality } of ranges) {
      if ((coding !== offer && coding !== '*') || quality <= best) continue;
      best = quality;
      gzip = offer === 'gzip';
    }
  }
  return gzip && best > 0;
}

/** Reads the items of Accept-Encoding in order, and stops at the first malformed one. */
function codingRanges(acceptEncoding: string): CodingRange[] {
  const ranges: CodingRange[] = [];
  for (const item of acceptEncoding.split(',', MOST_ITEMS)) {
    const match = ITEM.exec(item);
    if (match === null) break;
    const [, coding = '', whole = '1', fraction = ''] = match;
    ranges.push({ coding, quality: Number(`${whole}.${fraction}0`) });
  }
  return ranges;
}

/**
 * A probe's answer has some 3 kB, a page of NGINX 8: level 3 gives no less, and takes a tenth longer; a smaller window
 * and less memory take longer from 8 kB on.
 */
const GZIP_OPTIONS = { level: 1, memLevel: 7, windowBits: 13 };
/**
 * For long bodies a larger window is as quick, and gives less: 204 kB take 0.6 ms and become 22 kB. Level 3 takes a
 * fifth to a third longer for 3 % less.
 */
const GZIP_LONG_OPTIONS = { level: 1, memLevel: 7, windowBits: 14 };
const LONG_BYTES = 16 * 1024;

/** The longest body, in bytes, that is packed in place: that takes some 1 ms. */
export const MOST_PACKED_IN_PLACE = 256 * 1024;

/**
 * Packed in place: a trip to the thread pool costs seven times as much for bodies of a probe's size (349 against 47 µs
 * for 3.5 kB), and twice as much for those of an exporter.
 */
export function gzip(body: string | Buffer): Buffer {
  return gzipSync(body, body.length > LONG_BYTES ? GZIP_LONG_OPTIONS : GZIP_OPTIONS);
}

/** Compresses a body that is made piece by piece, on the threads of the pool. */
export async function* gzipPieces(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const packer = createGzip(GZIP_LONG_OPTIONS);
  // One piece ahead: a stream of Node's has 16 of them ready, whatever they take.
  const source = Readable.from(pieces, { highWaterMark: 1 });
  source.on('error', (error) => packer.destroy(error)).pipe(packer);
  try {
    for await (const packed of packer as AsyncIterable<Buffer>) yield packed;
  } finally {
    source.destroy();
    packer.destroy();
  }
}

import zlib from 'node:zlib';
import { GzipDecompressor } from './http-gzip.js';
import {
  type DecodedSink,
  DECODER_OPTIONS,
  DecompressionError,
  type Decompressor,
  StreamDecoder,
} from './http-stream-decoder.js';

/** The compressions that a module can name, beside `identity`. */
const COMPRESSIONS = ['br', 'deflate', 'gzip'] as const;

/** A compression that bodies can be unpacked from: the value of Content-Encoding. */
export type Compression = (typeof COMPRESSIONS)[number];

/** Whether bodies can be unpacked from this Content-Encoding. */
export function isCompression(name: string): name is Compression {
  return (COMPRESSIONS as readonly string[]).includes(name);
}

/**
 * A decompressor that keeps Go's rules on what comes after the end: deflate ignores it, brotli refuses it, gzip takes
 * it for another member.
 */
export function createDecompressor(compression: Compression, sink: DecodedSink, signal: AbortSignal): Decompressor {
  switch (compression) {
    case 'gzip':
      return new GzipDecompressor(sink, signal);
    case 'deflate':
      return singleStream(new StreamDecoder(zlib.createInflateRaw(DECODER_OPTIONS), sink, signal), () => undefined);
    case 'br':
      return singleStream(new StreamDecoder(zlib.createBrotliDecompress(DECODER_OPTIONS), sink, signal), () => {
        throw new DecompressionError('brotli: excessive input');
      });
  }
}

function singleStream(decoder: StreamDecoder, onExcess: () => void): Decompressor {
  return {
    write: async (chunk) => {
      const excess = await decoder.write(chunk);
      if (excess !== undefined) onExcess();
      return excess === undefined;
    },
    end: () => decoder.end(),
    close: () => decoder.close(),
    hasBegun: true,
  };
}

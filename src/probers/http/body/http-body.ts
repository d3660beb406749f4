import { ProbeFailure } from '../../../probe/failure.js';
import { stepFailure } from '../../../probe/step-failure.js';
import type { HeldBytes } from '../../../values/held-bytes.js';
import { BodySink } from './http-body-sink.js';
import { type Compression, createDecompressor, isCompression } from './http-decompress.js';
import { DecompressionError, type Decompressor } from './http-stream-decoder.js';

/** The body of a response as it comes off the wire. */
export interface BodySource {
  /**
   * The next bytes; undefined at the body's end. Rejects with a ProbeFailure (truncated, reset, time). Not reading
   * applies back-pressure.
   */
  readonly read: () => Promise<Buffer | undefined>;
}

/** How a body is read. */
export interface BodyOptions {
  /** The module's `compression`, in any letter case; '' for none. */
  readonly compression: string;
  /** The module's `body_size_limit` in bytes, after decompression; 0 for none. */
  readonly limitBytes: number;
  /** Whether a check needs the bytes themselves. */
  readonly hold: boolean;
  /** How many bytes may be held for a check. */
  readonly holdLimitBytes: number;
}

/** The result of reading a body. */
export interface BodyResult {
  /** The length after decompression and limit. */
  readonly lengthBytes: number;
  /** The bytes, if they were requested, including those that arrived before a failure. */
  readonly held?: HeldBytes;
  /** The first bytes, whether or not the others were asked for. */
  readonly beginning: readonly Uint8Array[];
  /** The reason why reading stopped early; earlier data still counts. */
  readonly failure?: ProbeFailure;
  /** Whether nothing could be decompressed because the body does not even begin as its compression says. */
  readonly isUnreadable?: true;
}

/** Upstream's log line for a body that cannot be read to its end. */
const UNREADABLE = 'Failed to read HTTP response body';
/** Upstream's log line for a body that does not even begin as its compression says. */
const NO_DECOMPRESSOR = 'Failed to get decompressor for HTTP response body';

/**
 * Reads a body to its end (or to a limit). It decompresses as the module says, regardless of Content-Encoding. Does not
 * reject for data that the target sent; rejects with errors of `source` that are no ProbeFailure.
 */
export async function readBody(source: BodySource, options: BodyOptions, signal: AbortSignal): Promise<BodyResult> {
  const compression = options.compression === '' ? 'identity' : options.compression.toLowerCase();
  if (compression === 'identity') return readPlain(source, new BodySink(options));
  if (isCompression(compression)) return readCompressed(source, { compression, sink: new BodySink(options), signal });
  const unknown = decompressionFailure(NO_DECOMPRESSOR, 'unsupported compression algorithm');
  // Upstream reads the body as it is then, so that its length is known.
  const { lengthBytes, beginning } = await readPlain(source, new BodySink({ ...options, hold: false }));
  return { lengthBytes, beginning, failure: unknown, isUnreadable: true };
}

async function readPlain(source: BodySource, sink: BodySink): Promise<BodyResult> {
  try {
    for (;;) {
      const chunk = await source.read();
      if (chunk === undefined || !sink.take(chunk)) return resultOf(sink);
    }
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return resultOf(sink, error);
  }
}

interface Decompression {
  readonly compression: Compression;
  readonly sink: BodySink;
  readonly signal: AbortSignal;
}

async function readCompressed(source: BodySource, { compression, sink, signal }: Decompression): Promise<BodyResult> {
  const decompressor = createDecompressor(compression, sink, signal);
  try {
    await decompressAll(source, decompressor);
    return resultOf(sink);
  } catch (error) {
    if (sink.failure !== undefined) return resultOf(sink);
    const message = decompressor.hasBegun ? UNREADABLE : NO_DECOMPRESSOR;
    const failure = compressedFailure(error, signal, message);
    return { ...resultOf(sink, failure), ...(!decompressor.hasBegun && { isUnreadable: true }) };
  } finally {
    decompressor.close();
  }
}

function compressedFailure(error: unknown, signal: AbortSignal, message: string): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  if (signal.aborted) return stepFailure(error, { phase: 'transfer', signal, message });
  if (error instanceof DecompressionError) return decompressionFailure(message, error.message);
  throw error;
}

async function decompressAll(source: BodySource, decompressor: Decompressor): Promise<void> {
  for (;;) {
    const chunk = await source.read();
    if (chunk === undefined) return decompressor.end();
    if (!(await decompressor.write(chunk))) return;
  }
}

function decompressionFailure(message: string, err: string): ProbeFailure {
  return new ProbeFailure('transfer', 'body_decompression_failed', message, { err });
}

function resultOf(sink: BodySink, failure: ProbeFailure | undefined = sink.failure): BodyResult {
  const { lengthBytes, held, beginning } = sink;
  return {
    lengthBytes,
    beginning,
    ...(held === undefined ? undefined : { held }),
    ...(failure === undefined ? undefined : { failure }),
  };
}

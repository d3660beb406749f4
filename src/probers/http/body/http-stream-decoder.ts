import { addAbortSignal } from 'node:stream';
import type { BrotliDecompress, InflateRaw } from 'node:zlib';
import { codeOf, textOf } from '../../../probe/error-text.js';

/** Takes decompressed bytes; false when it wants no more. */
export interface DecodedSink {
  readonly take: (chunk: Buffer) => boolean;
}

/** Decompresses a body piece by piece, off the main thread, giving its sink what comes out. */
export interface Decompressor {
  /**
   * Resolves when `chunk` is decompressed; false if the end is reached. Rejects with a DecompressionError, or when the
   * sink wants no more or the signal fires.
   */
  readonly write: (chunk: Buffer) => Promise<boolean>;
  /** The body has ended; rejects with a DecompressionError if it was not complete. */
  readonly end: () => Promise<void>;
  /** Frees the resources, in any state. */
  readonly close: () => void;
  /** Whether what has to stand at the start has come; false only where something has to. */
  readonly hasBegun: boolean;
}

/** A body that is not what its compression says; the message is Go's where Go has one. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError';
}

/**
 * The output of one step: large enough that a decompression bomb does not consist of hops between threads, and small
 * enough not to disturb others.
 */
export const DECODER_OPTIONS = { chunkSize: 32 * 1024 } as const;

/**
 * One stream of zlib's. It decompresses in the thread pool, into one buffer of fixed size at a time, so that neither
 * the size of the result nor the time that it takes is felt elsewhere.
 */
export class StreamDecoder {
  readonly #engine: BrotliDecompress | InflateRaw;
  #fedBytes = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(engine: BrotliDecompress | InflateRaw, sink: DecodedSink, signal: AbortSignal) {
    this.#engine = engine;
    engine.on('data', (chunk: Buffer) => {
      if (sink.take(chunk)) return;
      this.#failure = new Error('nothing more is wanted');
      engine.destroy();
    });
    engine.on('error', (error) => (this.#failure ??= error));
    engine.on('close', () => this.#wake?.());
    addAbortSignal(signal, engine);
  }

  /**
   * Decompresses `chunk`; gives what lies beyond the end of the stream, undefined while that is not reached. Rejects
   * once the sink wants no more.
   */
  async write(chunk: Buffer): Promise<Buffer | undefined> {
    if (chunk.length === 0) return undefined;
    this.#fedBytes += chunk.length;
    await this.#settled((done) => this.#engine.write(chunk, done));
    const excessBytes = this.#fedBytes - this.#engine.bytesWritten;
    return excessBytes > 0 ? chunk.subarray(chunk.length - excessBytes) : undefined;
  }

  /** Rejects if the stream has not reached its end. */
  async end(): Promise<void> {
    await this.#settled(() => this.#engine.end());
  }

  close(): void {
    this.#engine.destroy();
  }

  /** Waits until the engine is done with what `act` gives it; zlib does not call back for a step that failed. */
  async #settled(act: (done: () => void) => void): Promise<void> {
    if (!this.#engine.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        act(() => resolve());
      });
    }
    if (this.#failure !== undefined) throw explain(this.#failure);
  }
}

/** Brotli's own codes come with this before them. */
const BROTLI_CODE = /^ERR__ERROR_(?:FORMAT_)?/;

function explain(error: Error): Error {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') return new DecompressionError('unexpected EOF');
  if (code === 'Z_DATA_ERROR') return new DecompressionError(`flate: corrupt input: ${textOf(error)}`);
  if (code !== undefined && BROTLI_CODE.test(code)) {
    return new DecompressionError(`brotli: ${code.replace(BROTLI_CODE, '')}`);
  }
  return error;
}

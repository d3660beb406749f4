import type { Socket } from 'node:net';
import { asError } from '../../values/as-error.js';
import { type LoopTurns, loopTurns } from '../../values/loop-turns.js';
import { Answer } from './answer.js';
import { SendWindows } from './flow-window.js';
import { type Frame, FrameReader } from './frame-reader.js';
import { FrameWriter, goAway, headerFrames, preface, resetStream } from './frame-writer.js';
import { LARGEST_HEADER_BYTES } from './header-block.js';
import { encodeFields, type Field } from './hpack-encoder.js';
import { Http2Ended, Http2GoneAway, Http2Violation } from './http2-error.js';
import type { Http2Head } from './read-head.js';
import { ServerFrames } from './server-frames.js';
import { Upload } from './upload.js';

/** A request, and what it may cost. */
export interface Http2Request {
  /** Pseudo-header fields first, names in lower case. The caller has validated them. */
  readonly fields: readonly Field[];
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Beyond this much of a body that nobody has read the socket is paused, so that a fast peer costs bounded memory. */
const HIGH_WATER_BYTES = 256 * 1024;

const NO_BYTES = Buffer.alloc(0);
const PREFACE = preface(LARGEST_HEADER_BYTES);

/**
 * One request over HTTP/2 on a connection of its own (RFC 9113). It takes over the socket. Each event leads to an
 * answer or an error: an Http2Error, the socket's error, or the signal's reason.
 */
export class Http2Exchange {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #answer = new Answer();
  readonly #reader = new FrameReader();
  readonly #writer: FrameWriter;
  readonly #windows = new SendWindows();
  readonly #upload: Upload;
  readonly #frames: ServerFrames;
  readonly #turns: LoopTurns;
  #rests = 0;
  /** Received bytes whose frames have not been processed yet. */
  #unread: Buffer | undefined;
  #isResting = false;
  #isFlushing = false;
  /** The handler for the end of the connection. It runs after the frames in `#unread`. */
  #atEnd: (() => void) | undefined;

  constructor(socket: Socket, signal: AbortSignal, turns: LoopTurns = loopTurns) {
    this.#socket = socket;
    this.#turns = turns;
    this.#signal = signal;
    this.#writer = new FrameWriter(socket);
    // The preface precedes all our replies to the server's first frames, which may arrive before the request (RFC 9113
    // §3.4).
    this.#writer.queue(PREFACE);
    this.#upload = new Upload(this.#writer, this.#windows);
    this.#frames = new ServerFrames({
      answer: this.#answer,
      windows: this.#windows,
      writer: this.#writer,
      onRoom: () => this.#upload.goOn(),
      isTurnOver: () => this.#turns.isOver(),
    });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', this.#onError);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
    // Events from before this exchange listened are not emitted again.
    else if (socket.errored !== null) this.#onError(socket.errored);
    else if (socket.readableEnded || socket.destroyed) this.#onEnd();
    // A socket that another reader has released is paused, and a new listener alone does not wake it.
    if (socket.isPaused()) socket.resume();
  }

  /** Sends the request, once; a body goes on being sent while the answer is read, until that is complete. */
  send({ fields, body }: Http2Request): void {
    const hasBody = body !== undefined && !(body instanceof Uint8Array && body.length === 0);
    this.#writer.queue(...headerFrames(encodeFields(fields), !hasBody));
    if (hasBody) {
      this.#socket.on('drain', () => this.#upload.goOn());
      const sent = body instanceof Uint8Array ? this.#upload.sendBytes(body) : this.#upload.sendChunks(body);
      // A body that cannot be read.
      sent.catch((error: unknown) => this.#fail(asError(error)));
    }
    this.#writer.flush();
  }

  /** Resolves with the first header of the answer, if only that of an interim one. */
  firstByte(): Promise<void> {
    return this.#answer.untilBegun();
  }

  /** The answer's header; interim answers (1xx) are passed over. */
  head(): Promise<Http2Head> {
    return this.#answer.untilHead();
  }

  /** The next piece of the body; undefined at the end of the stream. */
  async read(): Promise<Buffer | undefined> {
    const chunk = await this.#answer.read();
    if (chunk === undefined) return undefined;
    this.#frames.free(chunk.length);
    // A server that has said all needs to hear no more.
    if (!this.#answer.isComplete) this.#writer.flush();
    this.#regulate();
    return chunk;
  }

  /**
   * The end of a stream that should have no body. How it ends does not matter, and neither do bytes that come all the
   * same. Rejects with the signal's reason.
   */
  async untilOver(): Promise<void> {
    try {
      await this.#answer.read();
    } catch (error) {
      if (this.#signal.aborted) throw error;
    }
  }

  /** Known once the body has been read to its end. */
  get trailers(): readonly Field[] | undefined {
    return this.#answer.trailers;
  }

  /** Ends the exchange and its connection, in any state. */
  close(): void {
    this.#upload.stop();
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#unread = this.#unread === undefined ? chunk : Buffer.concat([this.#unread, chunk]);
    if (!this.#isResting) this.#work();
  };

  /** Processes received frames until the turn is over, and pauses the socket if some are left. */
  #work(): void {
    this.#takeFrames();
    if (this.#hasWork) {
      this.#rest();
      return;
    }
    this.#regulate();
    this.#atEnd?.();
  }

  get #hasWork(): boolean {
    return this.#unread !== undefined || (this.#frames.isDecoding && !this.#answer.isOver);
  }

  #takeFrames(): void {
    const bytes = this.#unread ?? NO_BYTES;
    this.#unread = undefined;
    if (this.#answer.isOver) return;
    try {
      this.#frames.goOn();
      const taken = this.#isTurnOver() ? 0 : this.#reader.push(bytes, this.#takeFrame);
      if (taken < bytes.length) this.#unread = bytes.subarray(taken);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#leave(error);
    }
    this.#frames.settle();
    if (this.#answer.isComplete) this.#upload.stop();
    else this.#flushSoon();
  }

  #isTurnOver(): boolean {
    return this.#frames.isDecoding || this.#turns.isOver();
  }

  /** Acknowledgements wait for the end of the turn: most answers are complete by then, and need none. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#writer.isEmpty) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      if (!this.#answer.isComplete) this.#writer.flush();
    });
  }

  readonly #takeFrame = (frame: Frame): boolean => this.#frames.take(frame) && !this.#isTurnOver();

  /** Ends the exchange with an error, and tells the server the code of its violation. */
  #leave(error: Error): void {
    if (error instanceof Http2Violation) {
      this.#writer.queue(error.ofConnection ? goAway(error.errorCode) : resetStream(error.errorCode));
      this.#writer.flush();
    }
    this.#frames.settle();
    this.#fail(error);
  }

  /** Yields to the event loop before the next frame. */
  #rest(): void {
    this.#isResting = true;
    this.#regulate();
    void this.#turns.next(this.#rests++).then(() => {
      this.#isResting = false;
      this.#work();
    });
  }

  #regulate(): void {
    const isWanted = !this.#isResting && !this.#answer.isOver && this.#answer.queuedBytes < HIGH_WATER_BYTES;
    if (isWanted === this.#socket.isPaused()) {
      if (isWanted) this.#socket.resume();
      else this.#socket.pause();
    }
  }

  readonly #onEnd = (): void => {
    if (this.#hasWork) {
      this.#atEnd ??= this.#onEnd;
      return;
    }
    // Every connection ends at some time; after the whole answer that is no error.
    if (this.#answer.isOver) return;
    const cut = this.#answer.hasHead ? 'body_truncated' : 'connection_closed';
    const { farewell } = this.#frames;
    this.#fail(farewell === undefined ? new Http2Ended(cut) : new Http2GoneAway(farewell, cut));
  };

  readonly #onError = (error: Error): void => {
    if (this.#hasWork) {
      this.#atEnd ??= () => this.#onError(error);
      return;
    }
    if (this.#frames.farewell === undefined) this.#fail(error);
    else this.#onEnd();
  };

  readonly #onAbort = (): void => {
    this.#upload.stop();
    this.#answer.abort(asError(this.#signal.reason));
  };

  #fail(error: Error): void {
    this.#upload.stop();
    this.#answer.fail(error);
  }
}

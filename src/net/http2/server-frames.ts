import type { Answer } from './answer.js';
import { ReceiveWindow, type SendWindows } from './flow-window.js';
import { checkShape, isAck, readFarewell, readSettings, readWindowIncrement, withoutPadding } from './frame-payload.js';
import type { Frame } from './frame-reader.js';
import {
  CONNECTION_WINDOW_BYTES,
  type FrameWriter,
  pingAck,
  SETTINGS_ACK,
  STREAM_WINDOW_BYTES,
  windowUpdate,
} from './frame-writer.js';
import { HeaderBlocks } from './header-block.js';
import type { Field } from './hpack-encoder.js';
import { CODE, FLAG, FRAME, frameName, STREAM } from './http2-codes.js';
import { type Farewell, Http2GoneAway, Http2Reset, Http2Violation } from './http2-error.js';
import { IdleBudget } from './idle-budget.js';
import { checkTrailers, readHead } from './read-head.js';

/** The objects that the server's frames act on. */
export interface ServerFrameDeps {
  readonly answer: Answer;
  readonly windows: SendWindows;
  readonly writer: FrameWriter;
  /** Called when the window has room for more of the request's body. */
  readonly onRoom: () => void;
  /** Whether it is time to yield to the event loop. */
  readonly isTurnOver: () => boolean;
}

/**
 * Processes the frames of a server on a connection with one stream (RFC 9113 §5, §6): they build up the answer, and may
 * need a reply.
 */
export class ServerFrames {
  readonly #deps: ServerFrameDeps;
  readonly #blocks = new HeaderBlocks();
  readonly #idle = new IdleBudget();
  readonly #connectionWindow = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  readonly #streamWindow = new ReceiveWindow(STREAM_WINDOW_BYTES);
  /** The pieces of the body since the last settle(). */
  #pieces: Buffer[] = [];
  #isAcknowledged = false;
  /** Whether the header block that is under way ends the stream. */
  #endsStream = false;
  /** The server's GOAWAY, if it lets our stream go on. */
  farewell: Farewell | undefined;

  constructor(deps: ServerFrameDeps) {
    this.#deps = deps;
  }

  /** Takes a frame; returns false once nothing more is wanted. Throws Http2Error. */
  take(frame: Frame): boolean {
    checkShape(frame);
    if (this.#blocks.isOpen !== (frame.type === FRAME.CONTINUATION)) {
      const where = this.#blocks.isOpen ? 'within' : 'outside';
      throw new Http2Violation(CODE.PROTOCOL_ERROR, `${frameName(frame.type)} frame ${where} a header block`);
    }
    if (frame.stream === STREAM || frame.stream === 0) this.#takeOurs(frame);
    else this.#passOver(frame);
    return !this.#deps.answer.isOver;
  }

  /** Hands over what has come of the body as one piece, however small its frames were. */
  settle(): void {
    const [only] = this.#pieces;
    if (only === undefined) return;
    this.#deps.answer.add(this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  /** Says that this many bytes of the body have been read: the server may send as many more. The caller flushes. */
  free(bytes: number): void {
    const { answer, writer } = this.#deps;
    const ofConnection = this.#connectionWindow.free(bytes);
    const ofStream = this.#streamWindow.free(bytes);
    if (answer.isOver) return;
    if (ofConnection > 0) writer.queue(windowUpdate(0, ofConnection));
    if (ofStream > 0) writer.queue(windowUpdate(STREAM, ofStream));
  }

  /** There is no stream but ours; PRIORITY may speak of any. */
  #passOver(frame: Frame): void {
    const isHarmless = frame.type === FRAME.PRIORITY || frame.type > FRAME.CONTINUATION;
    if (isHarmless) this.#idle.spend(frame.type, frame.payload.length);
    else if (frame.type === FRAME.PUSH_PROMISE) throw pushed();
    else {
      const what = `${frameName(frame.type)} frame on stream ${frame.stream}, which was never opened`;
      throw new Http2Violation(CODE.PROTOCOL_ERROR, what);
    }
  }

  #takeOurs(frame: Frame): void {
    switch (frame.type) {
      case FRAME.DATA: {
        this.#onData(frame);
        return;
      }
      case FRAME.HEADERS:
        this.#endsStream = (frame.flags & FLAG.END_STREAM) !== 0;
        {
          this.#onBlock(frame, withoutPadding(frame));
          return;
        }
      case FRAME.CONTINUATION: {
        this.#onBlock(frame, frame.payload);
        return;
      }
      case FRAME.RST_STREAM:
        throw new Http2Reset(frame.payload.readUInt32BE(0), this.#cut('connection_reset'));
      case FRAME.PUSH_PROMISE:
        throw pushed();
      default:
        // None of the others brings the answer any further.
        this.#idle.spend(frame.type, frame.payload.length);
        {
          this.#onControl(frame);
          return;
        }
    }
  }

  #onControl(frame: Frame): void {
    const { writer } = this.#deps;
    switch (frame.type) {
      case FRAME.SETTINGS: {
        this.#onSettings(frame);
        return;
      }
      case FRAME.PING:
        if (!isAck(frame)) writer.queue(pingAck(frame.payload));
        return;
      case FRAME.GOAWAY:
        this.farewell = readFarewell(frame);
        if (this.farewell.lastStream < STREAM) throw new Http2GoneAway(this.farewell, this.#cut('connection_closed'));
        return;
      case FRAME.WINDOW_UPDATE: {
        this.#onWindowUpdate(frame);
        return;
      }
    }
  }

  #onSettings(frame: Frame): void {
    const { windows, writer, onRoom } = this.#deps;
    const window = readSettings(frame);
    if (isAck(frame)) {
      // We send settings once.
      if (this.#isAcknowledged)
        throw new Http2Violation(CODE.PROTOCOL_ERROR, 'SETTINGS frame that acknowledges nothing');
      this.#isAcknowledged = true;
      return;
    }
    writer.queue(SETTINGS_ACK);
    if (window === undefined) return;
    windows.reinitialize(window);
    onRoom();
  }

  #onWindowUpdate(frame: Frame): void {
    const { windows, onRoom } = this.#deps;
    windows.widen(frame.stream === 0 ? 'connection' : 'stream', readWindowIncrement(frame));
    onRoom();
  }

  #onData(frame: Frame): void {
    const { answer } = this.#deps;
    if (!answer.hasHead) throw new Http2Violation(CODE.PROTOCOL_ERROR, 'DATA frame before a HEADERS frame', 'stream');
    this.#connectionWindow.take(frame.payload.length);
    this.#streamWindow.take(frame.payload.length);
    const bytes = withoutPadding(frame);
    this.free(frame.payload.length - bytes.length);
    this.#idle.earn(bytes.length);
    const isLast = (frame.flags & FLAG.END_STREAM) !== 0;
    if (bytes.length > 0) this.#pieces.push(bytes);
    else if (!isLast) this.#idle.spend(frame.type, frame.payload.length);
    if (isLast) this.#complete();
  }

  #onBlock(frame: Frame, piece: Buffer): void {
    this.#blocks.add(piece, (frame.flags & FLAG.END_HEADERS) !== 0);
    this.goOn();
  }

  /** A header block has not been decoded to its end: no frame is taken before it is. */
  get isDecoding(): boolean {
    return this.#blocks.isDecoding;
  }

  /** Continues decoding a header block until the turn is over. Throws Http2Error. */
  goOn(): void {
    const { answer, isTurnOver } = this.#deps;
    if (!this.#blocks.isDecoding) return;
    const fields = this.#blocks.decode(isTurnOver);
    if (fields === undefined) return;
    answer.begin();
    if (answer.hasHead) this.#onTrailers(fields);
    else this.#onHead(fields);
  }

  #onHead(fields: readonly Field[]): void {
    const head = readHead(fields, this.#endsStream);
    if (head.status < 100 || head.status >= 200) {
      this.#deps.answer.setHead(head);
      if (head.endsStream) this.#complete();
      return;
    }
    if (head.endsStream) {
      throw new Http2Violation(CODE.PROTOCOL_ERROR, `interim answer ${head.status} that ends the stream`, 'stream');
    }
    this.#idle.spend(FRAME.HEADERS);
  }

  #onTrailers(fields: readonly Field[]): void {
    if (!this.#endsStream) {
      throw new Http2Violation(CODE.PROTOCOL_ERROR, 'HEADERS frame with trailers that does not end the stream');
    }
    checkTrailers(fields);
    this.#deps.answer.trailers = fields;
    this.#complete();
  }

  #complete(): void {
    this.settle();
    this.#deps.answer.complete();
  }

  /** The failure reason if the answer ended now. */
  #cut(beforeHead: 'connection_reset' | 'connection_closed'): 'body_truncated' | typeof beforeHead {
    return this.#deps.answer.hasHead ? 'body_truncated' : beforeHead;
  }
}

/** Pushes are switched off by our SETTINGS (RFC 9113 §6.6). */
function pushed(): Http2Violation {
  return new Http2Violation(CODE.PROTOCOL_ERROR, 'PUSH_PROMISE frame although ENABLE_PUSH is 0');
}

import { createRequire } from 'node:module';
import type net from 'node:net';
import type tls from 'node:tls';
import { loopTurns } from '../../values/loop-turns.js';
import { RecordCount } from './record-watch.js';
import { runDueTicks } from './run-due-ticks.js';
import { ServerFlight } from './server-flight.js';

/** Node's stream of a connection, in C++. */
interface NativeStream {
  readonly readStart: () => number;
  readonly readStop: () => number;
}

/** The TLS half of a TLSSocket: takes bytes as if they had come over the wire. */
interface NativeTls {
  receive: (bytes: Buffer) => void;
}

/** Node's parser of HTTP, of which only the way in which it is put before a stream is of use here. */
interface NativeParser {
  [onExecute: number]: unknown;
  readonly initialize: (type: number, resource: object) => void;
  readonly consume: (stream: NativeStream) => void;
  readonly unconsume: () => void;
  /** The bytes that have just come, copied. */
  readonly getCurrentBuffer: () => Buffer;
  /** Has to be called for each that is not used again. */
  readonly close: () => void;
}

interface NativeParserClass {
  new (): NativeParser;
  readonly RESPONSE: number;
  readonly kOnExecute: number;
}

/**
 * Node shows no raw bytes of a TLS connection, and whoever wraps the connection in a stream to see them pays for it
 * with every byte of its whole life. Its HTTP parser is the one thing that can be put before the reader of a native
 * stream and be taken away again. What it makes of the bytes is of no interest. Absent in no version of Node from 20 to
 * 24, which a test holds.
 */
const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: NativeParserClass };
const ON_EXECUTE = HTTPParser.kOnExecute | 0;

/** Parsers take longer to make than to use. */
const idle: NativeParser[] = [];
const MOST_IDLE = 64;

/**
 * A flight that is longer has to wait for a turn of the loop: OpenSSL takes up to 20 ms for certificates of 100 KiB and
 * cannot be interrupted, so that several of them must not follow each other. Ordinary ones are shorter.
 */
const MOST_AT_ONCE_BYTES = 8 * 1024;

/**
 * Sees what a server sends during a handshake, and while somebody wants to know how the connection ends, until it is
 * released; lets all of it through.
 */
export class HandshakeTap {
  readonly flight = new ServerFlight();
  readonly #records = new RecordCount();
  readonly #secured: tls.TLSSocket;
  readonly #tls: NativeTls | null;
  #receive: NativeTls['receive'] | undefined;
  #parser: NativeParser | undefined;
  #stream: NativeStream | undefined;
  /** What waits for its turn; nothing is read meanwhile. */
  #held: Buffer | undefined;
  #isDelivering = false;
  #isShaken = false;

  /** To be made in the same turn as `secured`, which wraps `socket`. */
  constructor(socket: net.Socket, secured: tls.TLSSocket) {
    this.#secured = secured;
    this.#tls = streamOf(secured) as NativeTls | null;
    secured.on('keylog', this.#onKeyLog);
    const stream = streamOf(socket);
    // Closed already: Node says so in its next turn.
    if (stream === null || this.#tls === null) return;
    this.#watch(stream, this.#tls);
  }

  /**
   * Whether the handshake goes on at this moment, within a callback of the parser: what Node does at the end of a
   * callback waits for the end of that one.
   */
  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  /** Whether a record of the server's has begun and not ended. */
  get isWithinRecord(): boolean {
    return this.#records.isWithin;
  }

  /** The handshake is over, and nothing of the server's is kept any more; its records are still counted off. */
  onlyCount(): void {
    this.#isShaken = true;
    this.#secured.off('keylog', this.#onKeyLog);
  }

  /** Takes the tap away; afterwards the socket is as Node made it. */
  release(): void {
    this.#secured.off('keylog', this.#onKeyLog);
    // Not deleted: an object that loses a property is slow from then on.
    if (this.#tls !== null && this.#receive !== undefined) this.#tls.receive = this.#receive;
    // Only a handshake that was given up has not had it.
    this.#held = undefined;
    const parser = this.#parser;
    this.#parser = undefined;
    if (parser === undefined) return;
    parser.unconsume();
    parser[ON_EXECUTE] = undefined;
    // Nobody else gets it within its own callback.
    if (!this.#isDelivering) giveBack(parser);
  }

  #watch(stream: NativeStream, secure: NativeTls): void {
    const { receive } = secure;
    this.#receive = receive;
    // Node gives it what the socket had read before it became this one, too.
    secure.receive = (bytes) => {
      const last = this.#records.take(bytes);
      if (!this.#isShaken) this.flight.add(bytes);
      else if (last > 0 && !this.#passOn(secure, bytes.subarray(0, last))) return;
      receive.call(secure, this.#isShaken ? bytes.subarray(last) : bytes);
    };
    const parser = idle.pop() ?? new HTTPParser();
    parser.initialize(HTTPParser.RESPONSE, {});
    parser[ON_EXECUTE] = () => {
      const bytes = parser.getCurrentBuffer();
      const isLong = !this.#isShaken && this.flight.length + bytes.length > MOST_AT_ONCE_BYTES;
      if (isLong && loopTurns.isOver()) {
        this.#hold(bytes);
        return;
      }
      this.#isDelivering = true;
      secure.receive(bytes);
      this.#isDelivering = false;
      if (this.#parser === undefined) giveBack(parser);
    };
    parser.consume(stream);
    this.#parser = parser;
    this.#stream = stream;
  }

  /**
   * Has what came before the last record read before that one is seen. Node would do so by itself, but not within a
   * callback of the parser: an answer and the goodbye behind it would be one event, and the socket would say goodbye as
   * well before anybody could close it, which costs a tenth of a probe. Returns whether there is somebody left to read.
   */
  #passOn(secure: NativeTls, bytes: Buffer): boolean {
    this.#receive?.call(secure, bytes);
    runDueTicks();
    return !this.#secured.destroyed;
  }

  #hold(bytes: Buffer): void {
    this.#held = bytes;
    this.#stream?.readStop();
    void loopTurns.next().then(this.#letThrough);
  }

  readonly #letThrough = (): void => {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || this.#secured.destroyed) return;
    this.#stream?.readStart();
    this.#tls?.receive(held);
  };

  readonly #onKeyLog = (line: Buffer): void => {
    this.flight.addKeyLogLine(line);
  };
}

function giveBack(parser: NativeParser): void {
  if (idle.length < MOST_IDLE) idle.push(parser);
  // Not in its own callback.
  else setImmediate(() => parser.close());
}

function streamOf(socket: net.Socket): NativeStream | null {
  return (socket as unknown as { readonly _handle: NativeStream | null })._handle;
}

import type net from 'node:net';
import type tls from 'node:tls';
import { asError } from '../../values/as-error.js';
import { loopTurns } from '../../values/loop-turns.js';
import { endReading, keepForReader } from '../keep-for-reader.js';
import { silentAlert } from './alerts/tls-alert.js';
import { FlightLimitError, FlightReader } from './handshake-messages.js';
import {
  giveBack,
  type NativeParser,
  type NativeStream,
  type NativeTls,
  ON_EXECUTE,
  streamOf,
  takeParser,
  tlsOf,
} from './native-streams.js';
import type { PeerFlight } from './peer-flight.js';
import { LaterBytes } from './records/later-bytes.js';
import { RecordCount } from './records/record-watch.js';
import { isSlowTurn, noteIdle } from './records/slow-turn.js';
import { runDueTicks } from './run-due-ticks.js';

/** What a tap lets through of which flight, and whom it tells of a refusal. */
export interface TapOptions {
  readonly flight: PeerFlight;
  /**
   * Yields how much of the flight OpenSSL may have, and undefined where others may have their turn, and at last
   * what it read the flight with; may throw.
   */
  readonly gate: Iterator<number | undefined, FlightReader, void>;
  /** The handshake must not go on, and nothing more of it reaches OpenSSL. */
  readonly onRefused: (error: Error) => void;
}

/**
 * How much of a flight OpenSSL gets at once behind the certificates: the rest of an ordinary handshake, and not many
 * messages that may be behind it; and some 20 crowded records.
 */
const FLIGHT_PIECE_BYTES = 1024;
const CROWDED_PIECE_BYTES = 512;

/**
 * Sees what a peer sends. During the handshake it lets through what its gate lets through; from then on it tells
 * whether the connection ends within a record, while somebody wants to know, and shares out what costs much.
 */
export class HandshakeTap {
  readonly flight: PeerFlight;
  readonly #records = new RecordCount();
  readonly #secured: tls.TLSSocket;
  readonly #tls: NativeTls | null;
  #receive: NativeTls['receive'] | undefined;
  #readStart: NativeTls['readStart'] | undefined;
  #parser: NativeParser | undefined;
  #stream: NativeStream | undefined;
  readonly #onRefused: TapOptions['onRefused'];
  /** Absent once the certificates have been let through, and where the handshake was refused. */
  #gate: TapOptions['gate'] | undefined;
  /** How much of the flight OpenSSL has. */
  #passed = 0;
  /** What the gate read the flight with, once it has let the certificates through. */
  #reader: FlightReader | undefined;
  /** Whether the flight waits for its turn; nothing is read meanwhile. */
  #isHeld = false;
  #holds = 0;
  #isRefused = false;
  #isDelivering = false;
  /** Whether somebody wants to know where the connection ends. */
  #isCounted = false;
  /** Judges what comes behind the handshake; absent before. */
  #later: LaterBytes | undefined;
  #isReleased = false;

  /** Has to be made in the same turn as `secured`, which wraps `socket`. */
  constructor(socket: net.Socket, secured: tls.TLSSocket, { flight, gate, onRefused }: TapOptions) {
    this.#secured = secured;
    this.#onRefused = onRefused;
    this.flight = flight;
    this.#gate = gate;
    this.#tls = tlsOf(secured);
    secured.on('keylog', this.#onKeyLog);
    const stream = streamOf(socket);
    // The socket is closed already; Node says so in its next turn.
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

  /** Whether a record of the peer's has begun and not ended. */
  get isWithinRecord(): boolean {
    return this.#records.isWithin;
  }

  /**
   * The handshake is over, and nothing of the peer's is kept any more. `isCounted`: an end within a record is to be
   * told from one between two.
   */
  onlyGuard(isCounted: boolean): void {
    this.#isCounted = isCounted;
    if (this.#later !== undefined) return;
    const { flight } = this;
    const reader = this.#reader ?? new FlightReader(flight);
    this.#later = new LaterBytes(this.#records, { flight, reader, passed: this.#passed });
    this.#secured.off('keylog', this.#onKeyLog);
    this.#secured.once('close', () => {
      this.release();
    });
  }

  /** Takes the tap away from a connection that is over. */
  release(): void {
    this.#secured.off('keylog', this.#onKeyLog);
    // The property is not deleted: an object that loses a property is slow from then on.
    if (this.#tls !== null && this.#receive !== undefined) this.#tls.receive = this.#receive;
    if (this.#tls !== null && this.#readStart !== undefined) this.#tls.readStart = this.#readStart;
    this.#isReleased = true;
    const parser = this.#parser;
    this.#parser = undefined;
    if (parser === undefined) return;
    parser.unconsume();
    parser[ON_EXECUTE] = undefined;
    // Within its own callback, the parser must not be given to anybody else.
    if (!this.#isDelivering) giveBack(parser);
  }

  #watch(stream: NativeStream, secure: NativeTls): void {
    const { receive, readStart } = secure;
    this.#receive = receive;
    this.#readStart = readStart;
    // A reader that had been full asks for more. The end of the connection would come to it before what waits here.
    secure.readStart = () => (this.#isHeld ? 0 : readStart.call(secure));
    // Node gives it what the socket had read before it became this one, too.
    secure.receive = (bytes) => {
      this.#take(secure, bytes, this.#records.take(bytes));
    };
    const parser = takeParser();
    parser[ON_EXECUTE] = () => {
      const bytes = parser.getCurrentBuffer();
      this.#isDelivering = true;
      secure.receive(bytes);
      this.#isDelivering = false;
      if (this.#parser === undefined) giveBack(parser);
    };
    parser.consume(stream);
    this.#parser = parser;
    this.#stream = stream;
  }

  /** `last`: where the last record begins; 0 if it began before. */
  #take(secure: NativeTls, bytes: Buffer, last: number): void {
    const later = this.#later;
    if (later === undefined) {
      this.#takeFlight(bytes);
      return;
    }
    if (isSlowTurn()) later.add(bytes);
    if (isSlowTurn() || !later.passes(bytes)) this.#drain(later);
    else if (!this.#isCounted || last === 0) this.#give(secure, bytes);
    else if (this.#passOn(secure, bytes.subarray(0, last))) this.#give(secure, bytes.subarray(last));
  }

  /**
   * Passes bytes on, and lets everything before the last record be read before that record is seen. Node would do so by
   * itself, but not within a callback of the parser: an answer and the close_notify after it would be one event, and
   * the socket would send its own close_notify before anybody could close it, which costs a tenth of a probe. Returns
   * whether there is somebody left to read.
   */
  #passOn(secure: NativeTls, bytes: Buffer): boolean {
    this.#give(secure, bytes);
    runDueTicks();
    return !this.#secured.destroyed;
  }

  /** Gives OpenSSL what came behind the handshake. */
  #give(secure: NativeTls, bytes: Buffer): void {
    const { bytesRead } = secure;
    const startedAt = performance.now();
    this.#receive?.call(secure, bytes);
    if (secure.bytesRead === bytesRead) noteIdle(startedAt);
  }

  #drain(later: LaterBytes): void {
    while (!this.#isHeld && !this.#secured.destroyed) {
      if (loopTurns.isOver() || isSlowTurn()) {
        this.#hold();
        return;
      }
      const piece = later.next();
      if (piece === undefined) {
        if (later.refusal !== undefined) this.#end(later.refusal);
        return;
      }
      if (this.#tls !== null) this.#give(this.#tls, piece);
    }
  }

  /** Nothing more is read. A client may still write, as Go's does: OpenSSL knows nothing of what is refused. */
  #end(error: Error): void {
    this.#isHeld = true;
    this.#stream?.readStop();
    if (this.flight.peer === 'server') endReading(this.#secured, error);
    else this.#secured.on('error', keepForReader).destroy(error);
  }

  #takeFlight(bytes: Buffer): void {
    this.flight.add(bytes);
    const silent = silentAlert(this.#records.fatalAlert);
    if (silent !== undefined) this.#refuse(silent);
    else if (this.flight.isFull)
      this.#refuse(new FlightLimitError(`tls: handshake of more than ${this.flight.length} bytes`));
    else if (!this.#isHeld) this.#goOn();
  }

  /**
   * OpenSSL cannot be interrupted: it takes a millisecond for ordinary certificates, up to 8 for the most costly that
   * pass, and those of several connections, which come together, must not follow each other.
   */
  #goOn(): void {
    try {
      while (!this.#isAtRest) {
        if (loopTurns.isOver()) {
          this.#hold();
          return;
        }
        if (!this.#step()) return;
      }
    } catch (error) {
      this.#refuse(asError(error));
    }
  }

  /** Whether there is nothing to pass on now. Whatever is left behind a handshake waits as what comes later does. */
  get #isAtRest(): boolean {
    if (this.#isRefused || this.#isReleased || this.#secured.destroyed) return true;
    if (this.#later === undefined) return false;
    const left = this.flight.bytes.subarray(this.#passed);
    this.#passed = this.flight.length;
    if (left.length > 0) {
      this.#later.add(left);
      this.#drain(this.#later);
    }
    return true;
  }

  /** Looks at some of the flight, or passes some of it on. Returns whether there is more. */
  #step(): boolean {
    const { length } = this.flight;
    const step = this.#gate?.next();
    const pieceBytes = this.#records.isCrowded ? CROWDED_PIECE_BYTES : FLIGHT_PIECE_BYTES;
    if (step === undefined) this.#pass(Math.min(Math.max(this.#passed, this.#reader?.end ?? 0) + pieceBytes, length));
    else if (step.done === true) [this.#gate, this.#reader] = [undefined, step.value];
    else if (step.value !== undefined) this.#pass(step.value);
    return this.#passed < length || step?.done === true;
  }

  /** Gives OpenSSL the flight up to there. */
  #pass(end: number): void {
    if (end <= this.#passed) return;
    // What wants another handshake must not go along with the end of this one.
    const until = Math.min(end, this.#records.laterHandshake(this.#passed + 1) ?? end);
    const bytes = this.flight.bytes.subarray(this.#passed, until);
    this.#passed = until;
    if (this.#tls !== null) this.#receive?.call(this.#tls, bytes);
  }

  #refuse(error: Error): void {
    this.#isRefused = true;
    this.#onRefused(error);
  }

  #hold(): void {
    this.#isHeld = true;
    this.#stream?.readStop();
    void loopTurns.next(this.#holds++).then(this.#letThrough);
  }

  readonly #letThrough = (): void => {
    this.#isHeld = false;
    if (this.#secured.destroyed || this.#isReleased) return;
    this.#stream?.readStart();
    if (this.#later !== undefined) this.#drain(this.#later);
    else this.#goOn();
  };

  readonly #onKeyLog = (line: Buffer): void => {
    this.flight.addKeyLogLine(line);
  };
}

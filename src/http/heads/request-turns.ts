import type { Socket } from 'node:net';
import { asError } from '../../values/as-error.js';
import { type LoopTurns, loopTurns } from '../../values/loop-turns.js';
import { HeldReads } from './held-reads.js';

/**
 * The most turns of each of those who wait for one that a request lets pass. Probes that have begun count the wait for
 * their turn in their own times; a probe that has not begun does not. With this, each of 32 probes at once over TLS
 * took half as long by its own clock.
 */
const MOST_PASSED = 8;
/**
 * How old a request may be before it no longer counts turns, in milliseconds. Targets that send without end keep all
 * turns busy: requests would come in faster than they are taken, and no scrape, nor `/-/healthy`, would get its answer
 * in time. What some dozens of honest probes have begun together is over before.
 */
const MOST_WAITED_MS = 400;
/** For how long requests of that age are taken before others have a turn, in milliseconds. */
const OLD_ONES_MS = 2;
/** As many requests may wait, and bytes of all of them; then nothing more is read of any connection. */
const MOST_WAITING = 1000;
const MOST_WAITING_BYTES = 1024 * 1024;
/** How many connections are read again in one turn, once there is room: their ends alone take some 3 ms. */
const READ_AGAIN = 32;

/**
 * Processes what clients send in turns with everything else: heads of 128 KiB, or thousands of small ones, may come in
 * one turn of the event loop. Bytes that have to wait are processed in the order in which they came.
 */
export class RequestTurns {
  readonly #turns: LoopTurns;
  readonly #nowMs: () => number;
  readonly #defer: (callback: () => void) => void;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #reads = new HeldReads();
  #isBusy = false;
  /** Whether those that are held are being read again, turn by turn. */
  #isReleasing = false;
  /** Whether a connection has come in this turn of the loop, and in the one before. */
  #cameNow = false;
  #cameBefore = false;
  /** Since when connections have come in each turn, in milliseconds; undefined while they do not. */
  #crowdedSinceMs: number | undefined;
  /** When the latest turn of others was over, in milliseconds. */
  #passedAtMs = -Infinity;

  constructor(
    turns = loopTurns,
    nowMs: () => number = () => performance.now(),
    defer: (callback: () => void) => void = setImmediate,
  ) {
    this.#turns = turns;
    this.#nowMs = nowMs;
    this.#defer = defer;
  }

  /**
   * A connection has come. Node accepts one in each turn of the loop, and nothing says how long the others wait in the
   * kernel: two hundred probes at once began up to a second after they had come, and ended as much too late. So while
   * one comes each turn, requests wait, which is counted. A client that connects without end gains nothing by it:
   * nobody waits for those that come later than MOST_WAITED_MS after the first.
   */
  connected(socket: Socket): void {
    this.watch(socket);
    if (this.#cameNow) return;
    if (!this.#cameBefore) this.#defer(this.#endTurn);
    this.#cameNow = true;
  }

  /**
   * Reads of a connection only what turns of the loop have time for. With `instead`, the socket reads a connection that
   * has been watched as another one: below TLS, say.
   */
  watch(socket: Socket, instead?: Socket): void {
    if (instead !== undefined) this.#reads.forget(instead);
    if (!this.#reads.add(socket)) return;
    socket.on('end', this.brake);
    socket.on('error', this.brake);
  }

  /**
   * To be called when something has come of a connection, be it its end. libuv looks at up to 1,024 connections in one
   * turn, and at more where all of them have something to say: a thousand that are reset together held the loop for 80
   * ms. Once a turn is long, nothing more is read in it; then some connections a turn.
   */
  readonly brake = (): void => {
    if (this.#turns.isLong()) this.#hold();
  };

  #hold(): void {
    this.#reads.holdAll();
    if (!this.#isReleasing) void this.#release();
  }

  /** Reads connections again that are held, as far as there is room for what they say. */
  async #release(): Promise<void> {
    this.#isReleasing = true;
    while (this.#reads.held > 0) {
      await this.#turns.pass();
      if (this.#waiting.length <= MOST_WAITING / 2 && this.#waitingBytes <= MOST_WAITING_BYTES / 2) {
        this.#reads.release(READ_AGAIN);
      }
    }
    this.#isReleasing = false;
  }

  readonly #endTurn = (): void => {
    const isCrowded = this.#cameBefore && this.#cameNow;
    this.#crowdedSinceMs = isCrowded ? (this.#crowdedSinceMs ?? this.#nowMs()) : undefined;
    this.#cameBefore = this.#cameNow;
    this.#cameNow = false;
    if (this.#cameBefore) this.#defer(this.#endTurn);
  };

  get #isCrowded(): boolean {
    return this.#crowdedSinceMs !== undefined && this.#nowMs() - this.#crowdedSinceMs < MOST_WAITED_MS;
  }

  /**
   * Calls `take` with bytes that have come from a connection, and with how long they waited for that, in milliseconds,
   * unless the connection is destroyed by then.
   */
  pass(socket: Socket, bytes: Buffer, take: TakeBytes): void {
    if (!this.#isBusy && !this.#isCrowded && !this.#turns.isOver()) {
      if (!socket.destroyed) take(bytes, 0);
      return;
    }
    socket.pause();
    this.#reads.stop(socket);
    const sinceMs = this.#nowMs();
    const begin = (): void => {
      if (socket.destroyed) return;
      // The socket resumes first, since Node's parser may pause it again.
      socket.resume();
      this.#reads.start(socket);
      take(bytes, this.#nowMs() - sinceMs);
    };
    this.#waiting.push({ begin, sinceMs, bytes: bytes.length });
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length > MOST_WAITING || this.#waitingBytes > MOST_WAITING_BYTES) this.#hold();
    else this.brake();
    if (!this.#isBusy) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (!this.#isDue(next)) await this.#turn(next);
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      try {
        next.begin();
      } catch (error) {
        // A bug in one request must not stop all others, which wait behind it.
        throwLater(error);
      }
    }
    this.#isBusy = false;
  }

  /** Whether it is so old that it follows the one before in the same turn. */
  #isDue({ sinceMs }: Waiting): boolean {
    const nowMs = this.#nowMs();
    return nowMs - sinceMs > MOST_WAITED_MS && nowMs - this.#passedAtMs < OLD_ONES_MS;
  }

  /** Lets everything that has begun go on first, including the work of the request before. */
  async #turn({ sinceMs }: Waiting): Promise<void> {
    while (this.#isCrowded && this.#nowMs() - sinceMs < MOST_WAITED_MS) await this.#turns.pass();
    const most = MOST_PASSED * Math.max(1, this.#turns.waiting);
    for (let passed = 0; passed < most && (this.#turns.isOver() || this.#turns.waiting > 0); passed++) {
      if (passed > 0 && this.#nowMs() - sinceMs > MOST_WAITED_MS) return;
      await this.#turns.pass();
      this.#passedAtMs = this.#nowMs();
    }
  }
}

type TakeBytes = (bytes: Buffer, waitedMs: number) => void;

interface Waiting {
  readonly begin: () => void;
  /** When it came, in milliseconds. */
  readonly sinceMs: number;
  /** How many bytes it has. */
  readonly bytes: number;
}

/** As if nobody had been in between: the process hears of it. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw asError(error);
  });
}

/** The turns of all listeners of the process, since they share the event loop. */
export const requestTurns = new RequestTurns();

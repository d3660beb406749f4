/**
 * One record holds up to 900 tickets, of which each takes OpenSSL some 50 µs, and only OpenSSL sees them. So a piece
 * that took longer than this, in milliseconds, and brought nothing is the last one of its turn, and from then on the
 * connection gets little at a time.
 */
const SLOW_MS = 4;
/**
 * Most bytes that bring no data. Go's client refuses the seventeenth message in a row that is none, and each may be
 * padded to a record of full size; servers send two short ones.
 */
const MOST_IDLE_BYTES = 17 * 16 * 1024;
/** Most bytes of pieces that cost so much. */
const MOST_SLOW_BYTES = 128 * 1024;
/** What a record adds to its content, in the versions and suites that are offered, at most. */
const RECORD_BYTES = 80;

/** What was read, in bytes, before and after OpenSSL got a piece, and the moment at which it got it. */
export interface Given {
  readonly before: number;
  readonly now: number;
  readonly started: Moment;
}

/** A moment by the clock, in milliseconds, and by the time that this process has had on a processor. */
interface Moment {
  readonly at: number;
  readonly cpu: NodeJS.CpuUsage;
}

/** This moment. */
export function thisMoment(): Moment {
  return { at: performance.now(), cpu: process.cpuUsage() };
}

let isSlowNow = false;

/** Whether something took long in this turn of the event loop, after which all connections wait for the next one. */
export function isSlowTurn(): boolean {
  return isSlowNow;
}

function beginSlowTurn(): void {
  isSlowNow = true;
  setImmediate(() => (isSlowNow = false));
}

/**
 * Counts what a peer sends behind its handshake that is no data: tickets, new keys. What comes quickly with data may be
 * longer than the data: a server of TLS 1.3 may fill each record up to 16 KiB (RFC 8446, 5.4), which costs little.
 */
export class IdleRecords {
  /** What OpenSSL got since it last gave data, less what the records in it add to their content. */
  #contentBytes = 0;
  /** What the records that have come add to their content, as far as it has not been taken off. */
  #addedBytes = 0;
  /** What it got before, up to pieces that cost much. */
  #slowBytes = 0;
  #dataBytes = 0;
  #isSlow = false;

  /** Whether a piece took long for nothing. */
  get isSlow(): boolean {
    return this.#isSlow;
  }

  /** Whether it is more than a server in earnest sends. */
  get isTooMuch(): boolean {
    const free = 2 * this.#dataBytes;
    return this.#slowBytes > free + MOST_SLOW_BYTES || this.#slowBytes + this.#contentBytes > free + MOST_IDLE_BYTES;
  }

  /** So many records begin in what has come. */
  noteRecords(count: number): void {
    this.#addedBytes += count * RECORD_BYTES;
  }

  /** OpenSSL got so many bytes. */
  note(bytes: number, { before, now, started }: Given): void {
    // Never all of them: thousands of tiny records would pay for tickets without end.
    const added = Math.min(this.#addedBytes, bytes / 2);
    this.#addedBytes -= added;
    this.#contentBytes += bytes - added;
    this.#dataBytes = now;
    const isData = now > before;
    const isLong = performance.now() - started.at > SLOW_MS;
    // A busy machine takes its time, which is not the peer's doing.
    const isCostly = isLong && millisecondsSince(started.cpu) > SLOW_MS;
    if (isCostly) this.#slowBytes += this.#contentBytes;
    if (isCostly || isData) this.#contentBytes = 0;
    if (isData || !isLong) return;
    this.#isSlow = true;
    beginSlowTurn();
  }
}

function millisecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

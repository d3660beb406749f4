import type { Duplex } from 'node:stream';

/** The head of a record: its type, a version, and the length of what follows (RFC 8446, 5.1). */
const HEAD_BYTES = 5;
const LENGTH_AT = 3;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
/** An alert that is not protected: level and description. */
const ALERT_BYTES = 2;
const FATAL = 2;
const HANDSHAKE = 22;
/** A last message that is cut into more records is passed on as it comes. */
const MOST_LATER = 64;

/**
 * One read brings up to 64 KiB: 4 records of full size, or 2,400 of the smallest. New keys take OpenSSL up to 60 µs
 * each, and Go's client accepts 16 of them in a row.
 */
const MOST_RECORDS = 32;

/** Counts off the records of a TLS connection, as its bytes come over the wire. */
export class RecordCount {
  /** The bytes of the present record's head that have come; none between records. */
  #head = 0;
  #length = 0;
  /** The bytes of the present record that are still to come behind its head. */
  #left = 0;
  #begun = 0;
  /** The bytes that were taken before. */
  #taken = 0;
  #alert: number[] | undefined;
  #fatalAlert: number | undefined;
  #isChanged = false;
  #isFinished = false;
  readonly #later: number[] = [];

  /** Whether a record has begun and not ended. */
  get isWithin(): boolean {
    return this.#head > 0;
  }

  /** How many records began in what came last. */
  get begun(): number {
    return this.#begun;
  }

  /** Whether more records begin in it than are given to OpenSSL at once. */
  get isCrowded(): boolean {
    return this.#begun > MOST_RECORDS;
  }

  /** The bytes that were taken. */
  get taken(): number {
    return this.#taken;
  }

  /** The first alert that ends the connection, as far as alerts are not protected. */
  get fatalAlert(): number | undefined {
    return this.#fatalAlert;
  }

  /**
   * Where, from `offset` of the connection on, the first record of a handshake begins that is not the one behind the
   * change of ciphers. Over TLS 1.2 that one is the end of the handshake (Finished), and each later one wants another
   * handshake. Over TLS 1.3 records look like data from then on.
   */
  laterHandshake(offset: number): number | undefined {
    return this.#later.find((start) => start >= offset);
  }

  /** Counts what has come. Returns where in `bytes` the last record begins; 0 if it began before them. */
  take(bytes: Uint8Array): number {
    let start = 0;
    this.#begun = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#head === 0) {
        start = at;
        this.#begun++;
        this.#noteType(bytes[at], this.#taken + at);
      }
      if (this.#head < HEAD_BYTES) {
        if (this.#head >= LENGTH_AT) this.#length = (this.#length << 8) | (bytes[at] ?? 0);
        this.#head++;
        at++;
        this.#left = this.#length;
      } else {
        const taken = Math.min(this.#left, bytes.length - at);
        if (this.#length === ALERT_BYTES) this.#takeAlert(bytes.subarray(at, at + taken));
        this.#left -= taken;
        at += taken;
      }
      if (this.#head === HEAD_BYTES && this.#left === 0) [this.#head, this.#length] = [0, 0];
    }
    this.#taken += bytes.length;
    return start;
  }

  #takeAlert(piece: Uint8Array): void {
    this.#alert?.push(...piece);
    const [level, description] = this.#alert ?? [];
    if (level === FATAL) this.#fatalAlert ??= description;
  }

  #noteType(type: number | undefined, start: number): void {
    this.#alert = type === ALERT ? [] : undefined;
    if (type === CHANGE_CIPHER_SPEC) this.#isChanged = true;
    if (type !== HANDSHAKE || !this.#isChanged) return;
    if (this.#isFinished && this.#later.length < MOST_LATER) this.#later.push(start);
    this.#isFinished = true;
  }
}

/** Sees the records of a connection until it is stopped. */
export interface RecordWatch {
  readonly isWithinRecord: boolean;
  readonly stop: () => void;
}

const WATCH = Symbol('records');

type Watched = Duplex & { [WATCH]?: RecordWatch | undefined };

/** Starts to watch the records of a TLS connection beyond its handshake, until `stopWatching` or its end. */
export function watchRecords(socket: Duplex, watch: RecordWatch): void {
  (socket as Watched)[WATCH] = watch;
  socket.once('close', watch.stop);
}

/**
 * Whether a connection that has ended did so in the middle of a record: what it brought was cut off on its way. An end
 * between two records counts as one also without a goodbye, as in Go, since servers are known for that. False for
 * connections that are not watched.
 */
export function endedWithinRecord(socket: Duplex): boolean {
  return (socket as Watched)[WATCH]?.isWithinRecord === true;
}

/**
 * Stops watching a connection, since nobody will ask how it ends: seeing its records costs some microseconds each time
 * that bytes come.
 */
export function stopWatching(socket: Duplex): void {
  const watched = socket as Watched;
  const watch = watched[WATCH];
  if (watch === undefined) return;
  watched[WATCH] = undefined;
  socket.removeListener('close', watch.stop);
  watch.stop();
}

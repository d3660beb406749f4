import type { Duplex } from 'node:stream';

/** The head of a record: its type, a version, and the length of what follows (RFC 8446, 5.1). */
const HEAD_BYTES = 5;
const LENGTH_AT = 3;

/** Counts off the records of a TLS connection, as its bytes come over the wire. */
export class RecordCount {
  /** The bytes of the present record's head that have come; none between records. */
  #head = 0;
  #length = 0;
  /** The bytes of the present record that are still to come behind its head. */
  #left = 0;
  #begun = 0;

  /** Whether a record has begun and not ended. */
  get isWithin(): boolean {
    return this.#head > 0;
  }

  /** How many records began in what came last. */
  get begun(): number {
    return this.#begun;
  }

  /** Counts what has come. Returns where in `bytes` the last record begins; 0 if it began before them. */
  take(bytes: Uint8Array): number {
    let start = 0;
    this.#begun = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#head === 0) {
        start = at;
        this.#begun++;
      }
      if (this.#head < HEAD_BYTES) {
        if (this.#head >= LENGTH_AT) this.#length = (this.#length << 8) | (bytes[at] ?? 0);
        this.#head++;
        at++;
        this.#left = this.#length;
      } else {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
      }
      if (this.#head === HEAD_BYTES && this.#left === 0) [this.#head, this.#length] = [0, 0];
    }
    return start;
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

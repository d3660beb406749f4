import type { Socket } from 'node:net';
import { OpenList, type OpenPlace } from '../../values/lists/open-list.js';

/** What is below a connection. `reading` is what node:net believes of it. */
interface Handle {
  readonly reading?: boolean;
  readonly readStop: () => number;
  readonly readStart: () => number;
}

/** A connection, and where it is. */
interface Known {
  readonly socket: Socket;
  /** The list that it is in now, and its place there. */
  list: OpenList<Known>;
  place: OpenPlace<Known> | undefined;
  /** Whether nothing is to be read of it, even if it is not held. */
  isStopped: boolean;
}

/**
 * The connections of all listeners, and those of which nothing is read for a while. In one turn of the loop libuv reads
 * whatever all of them have: 100 KB of each of 8,000 took 0.9 GB and held the loop for 1.5 s. What is not read waits in
 * the kernel, and TCP makes the client wait. libuv passes over what it has learnt of a handle that is stopped, so this
 * takes effect within the turn.
 *
 * `pause` alone is not enough: node:net goes on reading until the buffer of the stream is full. So the handle is
 * stopped, of which net knows nothing; net does not start a handle of which it believes that it reads.
 */
export class HeldReads {
  readonly #reading = new OpenList<Known>();
  readonly #held = new OpenList<Known>();
  /** Those that came while others were held: they need not wait for a crowd that was there before. */
  readonly #fresh = new OpenList<Known>();
  readonly #known = new WeakMap<Socket, Known>();

  /** How many are held. */
  get held(): number {
    return this.#held.size + this.#fresh.size;
  }

  /** A connection has come; it is held if others are. Returns whether it is new here. */
  add(socket: Socket): boolean {
    if (this.#known.has(socket)) return false;
    const known: Known = { socket, list: this.#reading, place: undefined, isStopped: false };
    this.#known.set(socket, known);
    if (this.held > 0) hold(known, this.#fresh);
    else move(known, this.#reading);
    socket.once('close', () => {
      leave(known);
    });
    return true;
  }

  /** Another socket reads the connection from now on: one over TLS, say. */
  forget(socket: Socket): void {
    const known = this.#known.get(socket);
    if (known === undefined) return;
    this.#known.delete(socket);
    leave(known);
    if (known.list !== this.#reading && !known.isStopped) startReading(socket);
  }

  /** Reads nothing more of one connection until `start`. */
  stop(socket: Socket): void {
    const known = this.#known.get(socket);
    if (known === undefined) return;
    known.isStopped = true;
    stopReading(socket);
  }

  /** Reads on; if the connection is held, when it has its turn. */
  start(socket: Socket): void {
    const known = this.#known.get(socket);
    if (known === undefined) return;
    known.isStopped = false;
    if (known.list === this.#reading) startReading(socket);
  }

  /** Holds all connections. */
  holdAll(): void {
    for (let next = this.#reading.takeFirst(); next !== undefined; next = this.#reading.takeFirst()) {
      hold(next, this.#held);
    }
  }

  /** Reads on from those that are held for longest; half of them may be ones that have just come, which go first. */
  release(most: number): void {
    for (let nth = 0; nth < most; nth++) {
      const fresh = nth < most / 2 || this.#held.size === 0 ? this.#fresh.takeFirst() : undefined;
      const known = fresh ?? this.#held.takeFirst();
      if (known === undefined) return;
      move(known, this.#reading);
      if (!known.isStopped) startReading(known.socket);
    }
  }
}

function hold(known: Known, list: OpenList<Known>): void {
  move(known, list);
  stopReading(known.socket);
}

function move(known: Known, list: OpenList<Known>): void {
  leave(known);
  known.list = list;
  known.place = list.add(known);
}

function leave({ list, place }: Known): void {
  if (place !== undefined) list.remove(place);
}

function stopReading(socket: Socket): void {
  const handle = handleOf(socket);
  if (handle?.reading === true) handle.readStop();
}

function startReading(socket: Socket): void {
  const handle = handleOf(socket);
  if (handle?.reading === true) handle.readStart();
}

/** Node has no other way to stop reading at once; undefined for a connection that is closed. */
function handleOf(socket: Socket): Handle | undefined {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  return handle ?? undefined;
}

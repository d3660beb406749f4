import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** What the client of PostgreSQL takes for its socket: what it writes goes out, what it reads has passed the gate. */
export class PgStream extends EventEmitter {
  readonly #socket: Socket;
  writable = true;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  /** The socket is connected; the client waits to hear of it. */
  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  write(bytes: Buffer, done?: () => void): boolean {
    if (!this.writable) return false;
    return done === undefined ? this.#socket.write(bytes) : this.#socket.write(bytes, done);
  }

  /** Hands over complete messages. Throws whatever the client throws at them. */
  deliver(messages: Buffer): void {
    this.emit('data', messages);
  }

  /** Nothing goes out any more; whoever opened the socket closes it. */
  end(): this {
    this.writable = false;
    return this;
  }

  destroy(): this {
    return this.end();
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { loopTurns } from '../../values/loop-turns.js';

/**
 * A socket whose data is emitted in turns with other work. Its reader processes each piece without a pause, and pieces
 * of many sockets may arrive at once. It takes the socket over.
 */
export class TurnedSocket extends Duplex {
  readonly #socket: Socket;
  /** Whether a piece waits for its turn; the socket is paused meanwhile. */
  #isWaiting = false;
  #isWanted = true;
  #turns = 0;
  /** The end of the stream after the last piece, once it is known. */
  #end: { readonly error?: Error } | undefined;

  constructor(socket: Socket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', () => this.#endWith({}));
    socket.on('error', (error) => this.#endWith({ error }));
    socket.on('close', () => this.#endWith({}));
    // Events from before this stream listened are not emitted again.
    if (socket.errored !== null) this.#endWith({ error: socket.errored });
    else if (socket.readableEnded || socket.destroyed) this.#endWith({});
  }

  override _read(): void {
    this.#isWanted = true;
    this.#goOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    if (this.#socket.destroyed) done();
    else this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  readonly #onData = (piece: Buffer): void => {
    this.#socket.pause();
    this.#isWaiting = true;
    void this.#pass(piece);
  };

  async #pass(piece: Buffer): Promise<void> {
    if (loopTurns.isOver()) await loopTurns.next(this.#turns++);
    this.#isWaiting = false;
    this.#isWanted = this.push(piece);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isWaiting || this.destroyed) return;
    if (this.#end?.error !== undefined) this.destroy(this.#end.error);
    else if (this.#end !== undefined) this.push(null);
    else if (this.#isWanted && this.#socket.isPaused()) this.#socket.resume();
  }

  #endWith(end: { readonly error?: Error }): void {
    this.#end ??= end;
    this.#goOn();
  }
}

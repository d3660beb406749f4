import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { PLAIN_TEXT_UTF8 } from '../answers/http-reply.js';
import { cutTurns } from '../cut-turns.js';
import type { WebResponse } from '../exchange.js';
import { HTTP1_LIMITS } from '../listeners/server-limits.js';
import { HeadStream, REFUSED_URL } from './head-stream.js';
import { HEAD_TOO_SLOW, type Refusal, TOO_MANY_HEADS } from './refusal.js';
import { requestTurns } from './request-turns.js';

/** The most bytes that all incomplete heads of the process may hold together. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;
let heldBytes = 0;

const guards = new WeakMap<object, HeadGuard>();

/** Puts a HeadStream between a connection and the parser of the node:http server that has just got it. */
export function guardHeads(socket: Socket): void {
  const parser = socket.listeners('data');
  const guard = new HeadGuard((bytes) => {
    for (const listener of parser) listener.call(socket, bytes);
  });
  guards.set(socket, guard);
  // With a listener of ours the parser no longer takes the bytes from the handle itself.
  socket.removeAllListeners('data');
  const take = (bytes: Buffer, waitedMs: number): void => guard.take(bytes, waitedMs);
  socket.on('data', (bytes: Buffer) => {
    requestTurns.pass(socket, bytes, take);
  });
  requestTurns.connected(socket);
  socket.once('close', () => {
    guard.close();
  });
}

/** Why a request is not to be served; undefined for one that is. */
export function refusalOf(request: IncomingMessage): Refusal | undefined {
  return request.url === REFUSED_URL ? guards.get(request.socket)?.stream.refusal : undefined;
}

/**
 * For how long the request that a connection has sent last waited before it was looked at, in seconds. Told once: what
 * is pipelined behind it waits for its answer.
 */
export function waitedForTurn(socket: object): number {
  const guard = guards.get(socket);
  if (guard === undefined) return 0;
  const seconds = guard.waitedMs / 1000;
  guard.waitedMs = 0;
  return seconds;
}

/** Answers as Go's server does: text without a line feed, and the connection ends. */
export function answerRefusal(response: WebResponse, { status, text }: Refusal): void {
  const type = text === '' ? {} : { 'Content-Type': PLAIN_TEXT_UTF8 };
  response.writeHead(status, { ...type, 'Content-Length': text.length, Connection: 'close' });
  response.end(text, 'latin1');
}

/** One connection, with the patience and the memory that it may take for a head. */
class HeadGuard {
  readonly stream = new HeadStream(HTTP1_LIMITS.maxHeaderSize);
  readonly #pass: (bytes: Buffer) => void;
  #deadline: NodeJS.Timeout | undefined;
  #held = 0;
  /** How long the last bytes waited for their turn, in milliseconds. */
  waitedMs = 0;

  constructor(pass: (bytes: Buffer) => void) {
    this.#pass = pass;
  }

  take(bytes: Buffer, waitedMs: number): void {
    this.waitedMs = waitedMs;
    const passed = this.stream.feed(bytes);
    if (this.#held > 0 || this.stream.heldBytes > 0) this.#account();
    if (passed.length > 0) this.#pass(passed);
    if (heldBytes > MOST_HELD_BYTES && this.#held > 0) this.#refuse(TOO_MANY_HEADS);
  }

  close(): void {
    heldBytes -= this.#held;
    this.#held = 0;
    clearTimeout(this.#deadline);
  }

  #account(): void {
    const now = this.stream.heldBytes;
    heldBytes += now - this.#held;
    this.#held = now;
    if (now === 0) {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
    } else {
      this.#deadline ??= setTimeout(() => void this.#refuseLate(), HTTP1_LIMITS.headersTimeout);
    }
  }

  async #refuseLate(): Promise<void> {
    if (cutTurns.isOver()) await cutTurns.next();
    // Its end may have come meanwhile, and the end of the connection, too.
    if (this.#held > 0) this.#refuse(HEAD_TOO_SLOW);
  }

  #refuse(refusal: Refusal): void {
    const passed = this.stream.refuse(refusal);
    this.#account();
    this.#pass(passed);
  }
}

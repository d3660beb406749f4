import type { OutgoingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { loopTurns } from '../../values/loop-turns.js';
import type { WebResponse } from '../exchange.js';
import { ANSWER_LIMITS, type AnswerLimits } from '../listeners/server-limits.js';

/** An answer whose body is made while it is sent. The status is 200 if absent. */
export interface PiecedReply {
  readonly status?: number;
  readonly headers: OutgoingHttpHeaders;
  /** The pieces, which are made one after the other, as the client takes them. */
  readonly pieces: Iterable<string | Buffer> | AsyncIterable<string | Buffer>;
}

/** The size of a piece that is written to the connection at once, in bytes. */
export const PIECE_BYTES = 64 * 1024;

/**
 * Sends a long answer piece by piece: no more is made than the client takes, and others have their turn in between.
 * Resolves when all of it has been taken, or the client is gone; one that takes nothing for a while is cut off.
 */
export async function sendPieces(
  response: WebResponse,
  { status = 200, headers, pieces }: PiecedReply,
  limits = ANSWER_LIMITS,
): Promise<void> {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, headers);
  const reader = new SlowReader(response, limits);
  for await (const piece of pieces) if (!(await reader.take(piece))) return;
  response.end('', 'utf8');
}

/** A client as it takes an answer. */
class SlowReader {
  readonly #response: WebResponse;
  readonly #limits: AnswerLimits;
  readonly #endsAt: number;
  #isGone = false;
  #wake: () => void = () => undefined;

  constructor(response: WebResponse, limits: AnswerLimits) {
    this.#response = response;
    this.#limits = limits;
    this.#endsAt = performance.now() + limits.wholeMs;
    response.once('close', () => {
      this.#isGone = true;
      this.#wake();
    });
  }

  /** Resolves when more may be sent; to false when there is nobody to send it to. */
  async take(piece: string | Buffer): Promise<boolean> {
    if (this.#isGone || this.#response.destroyed) return false;
    if (piece.length === 0) {
      if (loopTurns.isOver()) await loopTurns.soon();
    } else {
      // A client that reads as fast as we write drains at once, in the same turn of the loop.
      if (!this.#response.write(piece)) await this.#drained();
      await setImmediate();
    }
    return !this.#isGone;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const wait = Math.max(0, Math.min(this.#limits.stalledMs, this.#endsAt - performance.now()));
      const timer = setTimeout(() => {
        this.#isGone = true;
        this.#response.destroy();
        resolve();
      }, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#response.once('drain', () => {
        this.#wake();
      });
    });
  }
}

/**
 * Pieces of about PIECE_BYTES, from others of any size: small ones are put together, large ones cut without a copy.
 * Empty ones, which are pauses in the making, stay.
 */
export function* evenPieces(pieces: Iterable<Buffer>): Generator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (piece.length === 0) {
      yield piece;
      continue;
    }
    if (bytes > 0 && bytes + piece.length > PIECE_BYTES) {
      yield Buffer.concat(small, bytes);
      [small, bytes] = [[], 0];
    }
    if (piece.length >= PIECE_BYTES) yield* slices(piece);
    else {
      small.push(piece);
      bytes += piece.length;
    }
  }
  if (bytes > 0) yield Buffer.concat(small, bytes);
}

/** The parts of a body, without a copy. */
export function* slices(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}

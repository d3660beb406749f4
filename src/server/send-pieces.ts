import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { WebResponse } from './exchange.js';

export interface PiecedReply {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made one after the other, as the client takes them. */
  readonly pieces: Iterable<string | Buffer>;
  /** Whether the client wants them packed. */
  readonly isGzip?: boolean;
}

/** Of a longer piece so much is sent at a time. */
const PIECE_BYTES = 64 * 1024;
/** Speed counts for long answers; the level of short ones is that of negotiate-encoding.ts. */
const GZIP_LEVEL = 1;

/** Sends a long answer piece by piece: no more is made than the client takes, and others have their turn in between. */
export async function sendPieces(response: WebResponse, reply: PiecedReply): Promise<void> {
  const { contentType, headers, pieces, isGzip } = reply;
  const encoding = isGzip ? { 'Content-Encoding': 'gzip' } : {};
  response.writeHead(200, { 'Content-Type': contentType, ...encoding, ...headers });
  const gone = new Promise<void>((resolve) => response.once('close', resolve));
  for await (const piece of isGzip ? packed(pieces) : pieces) {
    for (const part of partsOf(piece)) {
      if (response.destroyed) return;
      if (response.write(part)) await setImmediate();
      else await Promise.race([gone, new Promise<void>((resolve) => response.once('drain', resolve))]);
    }
  }
  response.end('', 'utf8');
}

function* partsOf(piece: string | Buffer): Generator<string | Buffer, void> {
  if (piece.length <= PIECE_BYTES || typeof piece === 'string') yield piece;
  else for (let at = 0; at < piece.length; at += PIECE_BYTES) yield piece.subarray(at, at + PIECE_BYTES);
}

async function* packed(pieces: Iterable<string | Buffer>): AsyncGenerator<Buffer, void> {
  const source = Readable.from(partsOfAll(pieces));
  const gzip = source.pipe(createGzip({ level: GZIP_LEVEL }));
  try {
    for await (const chunk of gzip) yield chunk as Buffer;
  } finally {
    source.destroy();
    gzip.destroy();
  }
}

function* partsOfAll(pieces: Iterable<string | Buffer>): Generator<string | Buffer, void> {
  for (const piece of pieces) yield* partsOf(piece);
}

import { setImmediate } from 'node:timers/promises';
import type { WebResponse } from './exchange.js';

export interface PiecedReply {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made one after the other, as the client takes them. */
  readonly pieces: Iterable<string | Buffer>;
}

/** Sends a long answer piece by piece: no more is made than the client takes, and others have their turn in between. */
export async function sendPieces(response: WebResponse, { contentType, headers, pieces }: PiecedReply): Promise<void> {
  response.writeHead(200, { 'Content-Type': contentType, ...headers });
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (response.write(piece)) await setImmediate();
    else await takenOrGone(response);
  }
  response.end('', 'utf8');
}

function takenOrGone(response: WebResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

import { type HttpError, type Reply, sendReply } from '../../../http/answers/http-reply.js';
import { gzipPieces, prefersGzip } from '../../../http/answers/negotiate-encoding.js';
import { PIECE_BYTES, sendPieces } from '../../../http/answers/send-pieces.js';
import type { Exchange, WebRequest } from '../../../http/exchange.js';

/** The headers of every answer of the API. Answers must not be stored, because each process numbers its probes anew. */
const API_HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** An answer with a list that may be long: its other keys, and the list by its own. */
export interface ApiList<T> {
  readonly head: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly items: Iterable<T>;
  readonly toJson: (item: T) => unknown;
}

/** Answers with one short object. */
export function sendObject(exchange: Exchange, object: Readonly<Record<string, unknown>>): Promise<void> {
  return sendJson(exchange, [`${JSON.stringify(object)}\n`]);
}

/** Answers with a list, of which no more is written than the client takes. */
export function sendList<T>(exchange: Exchange, list: ApiList<T>): Promise<void> {
  return sendJson(exchange, listPieces(list));
}

/** Says what is wrong with a request. */
export function sendApiError({ response }: Pick<Exchange, 'response'>, error: HttpError, allow?: string): void {
  const { status, message } = error;
  const reply: Reply = {
    status,
    body: `${JSON.stringify({ version: 1, error: { status, message } })}\n`,
    headers: { ...API_HEADERS, ...(allow !== undefined && { Allow: allow }) },
  };
  sendReply(response, reply);
}

function* listPieces<T>({ head, key, items, toJson }: ApiList<T>): Generator<string> {
  let text = `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(key)}:[`;
  let separator = '';
  for (const item of items) {
    text += separator + JSON.stringify(toJson(item));
    separator = ',';
    if (text.length < PIECE_BYTES / 4) continue;
    yield text;
    text = '';
  }
  yield `${text}]}\n`;
}

async function sendJson({ request, response }: Exchange, pieces: Iterable<string>): Promise<void> {
  const isPacked = wantsGzip(request);
  const headers = {
    ...API_HEADERS,
    Vary: 'Accept-Encoding',
    ...(isPacked && { 'Content-Encoding': 'gzip' }),
  };
  if (request.method === 'HEAD') await sendPieces(response, { headers, pieces: [] });
  else await sendPieces(response, { headers, pieces: isPacked ? gzipPieces(asBuffers(pieces)) : pieces });
}

function wantsGzip({ headers }: WebRequest): boolean {
  return prefersGzip(headers['accept-encoding'] ?? '');
}

function* asBuffers(pieces: Iterable<string>): Generator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

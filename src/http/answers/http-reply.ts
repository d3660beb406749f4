import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange, WebResponse } from '../exchange.js';
import { html } from '../pages/html.js';
import { PIECE_BYTES, sendPieces, slices } from './send-pieces.js';
import { unreadRoom } from './unread-answers.js';

/** The Content-Type of texts that upstream's programs answer with. */
export const PLAIN_TEXT_UTF8 = 'text/plain; charset=utf-8';

/** An answer other than success; the message is the body. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A whole answer. Content-Length is added when it is sent. */
export interface Reply {
  readonly status: number;
  /** Left out where there is no body. */
  readonly contentType?: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers that are not worth counting; those of errors are. */
const SMALL_BYTES = 512;

/** Sends a whole answer, unless the client is gone or an answer is under way. */
export function sendReply(response: WebResponse, reply: Reply): void {
  void sendWhole(response, reply);
}

/** Sends a reply; a long one gives a promise, which resolves when it has been sent or the client is gone. */
export function sendWhole(response: WebResponse, reply: Reply): Promise<void> | undefined {
  if (response.headersSent || response.destroyed) return undefined;
  const { status, body } = reply;
  const bytes = Buffer.byteLength(body);
  if (bytes > SMALL_BYTES && !unreadRoom.hold(response, bytes)) {
    return sendWhole(response, TOO_MANY_UNREAD);
  }
  const headers = headersOf(reply, bytes);
  if (bytes > PIECE_BYTES) {
    const whole = typeof body === 'string' ? Buffer.from(body) : body;
    return sendPieces(response, { status, headers, pieces: slices(whole) });
  }
  response.writeHead(status, headers);
  // Text of as many bytes as characters is ASCII, which is written soonest as Latin-1.
  response.end(body, bytes === body.length ? 'latin1' : 'utf8');
  return undefined;
}

function headersOf({ contentType, headers }: Reply, bytes: number): OutgoingHttpHeaders {
  const all: OutgoingHttpHeaders = { 'Content-Length': bytes };
  if (contentType !== undefined) all['Content-Type'] = contentType;
  return headers === undefined ? all : Object.assign(all, headers);
}

/** An error in the form that upstream's programs give: plain text and a line feed (Go's `http.Error`). */
export function errorReply(status: number, message: string): Reply {
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  return { status, contentType: PLAIN_TEXT_UTF8, headers, body: `${message}\n` };
}

/** Text for people, which may hold what came from outside: a browser must not guess at it. */
export function textReply(body: string): Reply {
  return { status: 200, contentType: PLAIN_TEXT_UTF8, headers: { 'X-Content-Type-Options': 'nosniff' }, body };
}

/** Redirects as Go's `http.Redirect` does: only GET and HEAD get the small page that tells people of it. */
export function sendRedirect(
  { request: { method }, response }: Pick<Exchange, 'request' | 'response'>,
  status: 301 | 302 | 307,
  location: string,
): void {
  const hasPage = method === 'GET' || method === 'HEAD';
  sendReply(response, hasPage ? redirectPage(status, location) : { status, body: '', headers: { Location: location } });
}

function redirectPage(status: 301 | 302 | 307, location: string): Reply {
  const title = { 301: 'Moved Permanently', 302: 'Found', 307: 'Temporary Redirect' }[status];
  const body = html`<a href="${location}">${title}</a>.\n\n`.toString();
  return { status, contentType: 'text/html; charset=utf-8', headers: { Location: location }, body };
}

/** The answer where `unreadRoom` has no room. */
export const TOO_MANY_UNREAD = errorReply(503, 'Too many answers wait to be read, try again later.');

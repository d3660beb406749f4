import { isInt64 } from '../../values/codec/is-int64.js';
import { goQuote } from '../../values/go/go-quote.js';
import { shownText } from '../../values/shown-text.js';
import type { SocketReader } from '../socket-reader.js';
import type { ResponseHead } from './head-reader.js';
import { canonicalHeaderName } from './http-headers.js';
import { chunkedBody } from './http1-chunks.js';
import { MalformedResponse } from './malformed-response.js';
import type { ReadBody } from './read-body.js';
import { TruncatedBody } from './truncated-body.js';

/** How many values that contradict each other an error shows. */
const MOST_SHOWN_VALUES = 10;

/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: 'none'; readonly contentLength: number }
  | { readonly kind: 'length'; readonly contentLength: number }
  | { readonly kind: 'chunked'; readonly contentLength: -1 }
  | { readonly kind: 'close'; readonly contentLength: -1 };

type FramedHead = Omit<ResponseHead, 'reason'>;

/**
 * Chooses the framing as Go does; `contentLength` is what `probe_http_content_length` reports. Throws
 * MalformedResponse.
 */
export function framingOf(head: FramedHead, method: string): Framing {
  const encodings = head.headers.get('Transfer-Encoding');
  const chunked = encodings !== undefined && hasTransferEncodings(head.version);
  if (chunked && (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked')) {
    throw new MalformedResponse(
      `unsupported transfer encoding: ${goQuote(shownText(encodings.slice(0, MOST_SHOWN_VALUES).join(', ')))}`,
    );
  }
  // A length beside chunks counts for HEAD alone, but it has to be one.
  const length = contentLengthOf(head);
  if (chunked) assertTrailersAllowed(head);
  if (method === 'HEAD') return { kind: 'none', contentLength: length };
  if (isInterim(head.status) || head.status === 204 || head.status === 304) return { kind: 'none', contentLength: 0 };
  if (chunked) return { kind: 'chunked', contentLength: -1 };
  return length === -1 ? { kind: 'close', contentLength: -1 } : { kind: 'length', contentLength: length };
}

/** Before 1.1 there are none; Go takes 0.0 for a version that nobody gave. One digit is on each side of the dot. */
function hasTransferEncodings(version: string): boolean {
  return version >= 'HTTP/1.1' || version === 'HTTP/0.0';
}

function isInterim(status: number): boolean {
  return status >= 100 && status < 200;
}

function contentLengthOf(head: FramedHead): number {
  const values = head.headers.get('Content-Length') ?? [];
  const [first, ...others] = values;
  // An empty value counts as none, as in Go; beside another one it does not.
  if (first === undefined || values.every((value) => value === '')) return -1;
  if (others.some((other) => other !== first)) {
    const shown = shownText(values.slice(0, MOST_SHOWN_VALUES).map(goQuote).join(' '));
    throw new MalformedResponse(`http: message cannot contain multiple Content-Length headers; got [${shown}]`);
  }
  if (!/^[0-9]+$/.test(first) || !isInt64(first)) {
    throw new MalformedResponse(`bad Content-Length ${goQuote(first)}`);
  }
  return Number(first);
}

/** The names of what frames a message, in a list of names: none may come behind it (RFC 9110 §6.5.1). */
const NO_TRAILER = /(?:^|,)[ \t]*(transfer-encoding|trailer|content-length)[ \t]*(?:,|$)/i;

function assertTrailersAllowed(head: FramedHead): void {
  for (const value of head.headers.get('Trailer') ?? []) {
    const name = NO_TRAILER.exec(value)?.[1];
    if (name !== undefined) throw new MalformedResponse(`bad trailer key ${goQuote(canonicalHeaderName(name))}`);
  }
}

/**
 * Returns a function that reads a body chunk by chunk, as its framing says (RFC 9112, 6.3). `isCut` tells of a
 * connection that has ended whether that was not its peer's doing.
 */
export function bodyReader(reader: SocketReader, framing: Framing, isCut: () => boolean): ReadBody {
  switch (framing.kind) {
    case 'none':
      return () => Promise.resolve(undefined);
    case 'close':
      return closedBody(reader, isCut);
    case 'length':
      return lengthBody(reader, framing.contentLength);
    case 'chunked':
      return chunkedBody(reader);
  }
}

function closedBody(reader: SocketReader, isCut: () => boolean): ReadBody {
  return async () => {
    const chunk = await reader.read();
    if (chunk === undefined && isCut()) throw new TruncatedBody();
    return chunk;
  };
}

function lengthBody(reader: SocketReader, length: number): ReadBody {
  let left = length;
  return async () => {
    if (left === 0) return undefined;
    const chunk = await reader.read();
    if (chunk === undefined) throw new TruncatedBody();
    if (chunk.length <= left) {
      left -= chunk.length;
      return chunk;
    }
    const taken = chunk.subarray(0, left);
    // Who would keep the connection has to know of the rest.
    reader.unread(chunk.subarray(left));
    left = 0;
    return taken;
  };
}

import type { SocketReader } from '../../net/socket-reader.js';
import { goQuote } from '../../values/go-quote.js';
import { MalformedResponse } from './http1-head.js';
import type { ResponseHead } from './http1-head.js';

/** Gives the bytes of a body piece by piece; undefined at its end. */
export type ReadBody = () => Promise<Buffer | undefined>;

/** The peer ended the connection before the body was complete; the text is Go's. */
export class TruncatedBody extends Error {
  override readonly name = 'TruncatedBody';

  constructor() {
    super('unexpected EOF');
  }
}

/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: 'none'; readonly contentLength: number }
  | { readonly kind: 'length'; readonly contentLength: number }
  | { readonly kind: 'chunked'; readonly contentLength: -1 }
  | { readonly kind: 'close'; readonly contentLength: -1 };

/** Chooses the framing as Go does; `contentLength` is what `probe_http_content_length` reports. Throws MalformedResponse. */
export function framingOf(head: ResponseHead, method: string): Framing {
  const encodings = head.headers.get('Transfer-Encoding');
  const chunked = encodings !== undefined && head.version !== 'HTTP/1.0';
  if (chunked && (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked')) {
    throw new MalformedResponse(`unsupported transfer encoding: ${goQuote(encodings.join(', '))}`);
  }
  const length = chunked ? -1 : contentLengthOf(head);
  if (method === 'HEAD') return { kind: 'none', contentLength: length };
  if (isInterim(head.status) || head.status === 204 || head.status === 304) return { kind: 'none', contentLength: 0 };
  if (chunked) return { kind: 'chunked', contentLength: -1 };
  return length === -1 ? { kind: 'close', contentLength: -1 } : { kind: 'length', contentLength: length };
}

function isInterim(status: number): boolean {
  return status >= 100 && status < 200;
}

function contentLengthOf(head: ResponseHead): number {
  const values = head.headers.get('Content-Length') ?? [];
  const [first, ...others] = values.map((value) => value.trim());
  if (first === undefined) return -1;
  if (others.some((other) => other !== first)) {
    const shown = values.map(goQuote).join(' ');
    throw new MalformedResponse(`http: message cannot contain multiple Content-Length headers; got [${shown}]`);
  }
  if (!/^[0-9]+$/.test(first) || !Number.isSafeInteger(Number(first))) {
    throw new MalformedResponse(`bad Content-Length ${goQuote(first)}`);
  }
  return Number(first);
}

export function bodyReader(reader: SocketReader, framing: Framing): ReadBody {
  switch (framing.kind) {
    case 'none':
      return () => Promise.resolve(undefined);
    case 'close':
      return () => reader.read();
    case 'length':
      return lengthBody(reader, framing.contentLength);
    case 'chunked':
      return chunkedBody(reader);
  }
}

function lengthBody(reader: SocketReader, length: number): ReadBody {
  let left = length;
  return async () => {
    if (left === 0) return undefined;
    const chunk = await reader.read();
    if (chunk === undefined) throw new TruncatedBody();
    const taken = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= taken.length;
    return taken;
  };
}

/** Longest line of the chunked framing that is accepted, as in Go. */
const LONGEST_LINE_BYTES = 4096;
/** Trailers in all; nobody looks at them. */
const MOST_TRAILER_LINES = 1000;

/** RFC 9112 §7.1. */
function chunkedBody(reader: SocketReader): ReadBody {
  let left = 0;
  let state: 'size' | 'data' | 'data-end' | 'done' = 'size';
  return async () => {
    if (state === 'done') return undefined;
    if (state === 'data-end') {
      const line = await readLine(reader);
      if (line !== '') throw new MalformedResponse('malformed chunked encoding');
      state = 'size';
    }
    if (state === 'size') {
      left = parseChunkSize(await readLine(reader));
      if (left === 0) {
        state = 'done';
        await skipTrailers(reader);
        return undefined;
      }
      state = 'data';
    }
    const chunk = await reader.read();
    if (chunk === undefined) throw new TruncatedBody();
    const taken = chunk.length > left ? chunk.subarray(0, left) : chunk;
    reader.unread(chunk.subarray(taken.length));
    left -= taken.length;
    if (left === 0) state = 'data-end';
    return taken;
  };
}

function parseChunkSize(line: string): number {
  const [digits = ''] = line.split(';', 1);
  const text = digits.trim();
  if (!/^[0-9A-Fa-f]+$/.test(text)) throw new MalformedResponse('invalid byte in chunk length');
  if (text.length > 12) throw new MalformedResponse('http chunk length too large');
  return Number.parseInt(text, 16);
}

async function skipTrailers(reader: SocketReader): Promise<void> {
  for (let count = 0; count < MOST_TRAILER_LINES; count++) {
    if ((await readLine(reader)) === '') return;
  }
  throw new MalformedResponse('http: suspiciously long trailer after chunked body');
}

async function readLine(reader: SocketReader): Promise<string> {
  let line = '';
  for (;;) {
    const chunk = await reader.read();
    if (chunk === undefined) throw new TruncatedBody();
    const end = chunk.indexOf('\n');
    line += chunk.toString('latin1', 0, end === -1 ? chunk.length : end);
    if (line.length > LONGEST_LINE_BYTES) throw new MalformedResponse('header line too long');
    if (end === -1) continue;
    reader.unread(chunk.subarray(end + 1));
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

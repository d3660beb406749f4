import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { asError } from '../../values/as-error.js';
import { writable } from '../../values/byte-string.js';
import {
  type HttpExchange,
  type HttpRequest,
  type HttpResponse,
  METHODS_WITH_BODY,
  type RequestBody,
} from '../http-exchange.js';
import { SocketReader } from '../socket-reader.js';
import { endedWithinRecord, stopWatching } from '../tls/records/record-watch.js';
import { HeadReader } from './head-reader.js';
import type { HttpHeaders } from './http-headers.js';
import { bodyReader, type Framing, framingOf } from './http1-body.js';
import { NoResponse } from './no-head.js';
import type { ReadBody } from './read-body.js';

/** An exchange whose connection may serve another one. */
export interface Http1Exchange extends HttpExchange {
  /**
   * Lets go of the connection instead of `close`, once the answer was read, if another request may follow: true then,
   * and the caller owns the socket, which flows and has no listener of this exchange. False: the caller closes the
   * exchange.
   */
  readonly leave: () => boolean;
}

/**
 * HTTP/1.1 on a connected socket, which it takes over (RFC 9112). Written by us for its cost: node:http takes about 130
 * µs more a probe.
 */
export function http1Exchange(socket: Duplex, signal: AbortSignal): Http1Exchange {
  const reader = new SocketReader(socket, signal);
  const answer = new Answer(socket, reader);
  let stopBody: AbortController | undefined;
  return {
    send: async (request) => {
      answer.isTo(request);
      if (request.body?.kind === 'stream') stopBody = new AbortController();
      writeRequest(socket, request, stopBody?.signal);
      const first = await reader.read();
      if (first === undefined) throw new NoResponse();
      reader.unread(first);
    },
    receive: () => answer.receive(),
    leave: () => {
      const isUsable = answer.isWholeAndOpen && socket.writable && !socket.readableEnded;
      return isUsable && reader.detach().length === 0 && socket.errored === null;
    },
    close: () => {
      stopBody?.abort();
      reader.drop();
      stopWatching(socket);
      socket.destroy();
    },
  };
}

function writeRequest(socket: Duplex, request: HttpRequest, stopBody: AbortSignal | undefined): void {
  const { body } = request;
  const head = writeHead(request);
  if (body === undefined) {
    socket.write(head);
  } else if (body.kind === 'bytes') {
    socket.cork();
    socket.write(head);
    socket.write(body.bytes);
    socket.uncork();
  } else {
    socket.write(head);
    writeChunks(socket, body.chunks, stopBody).catch((error: unknown) => {
      socket.destroy(asError(error));
    });
  }
}

/** Where a redirect leads may have bytes that are no UTF-8. */
function writeHead(request: HttpRequest): string | Uint8Array {
  let head = `${request.method} ${request.requestTarget} HTTP/1.1\r\nHost: ${request.authority}\r\n`;
  if (request.userAgent !== undefined) head += `User-Agent: ${request.userAgent}\r\n`;
  head += framingHeader(request.method, request.body);
  for (const [name, value] of request.headers) head += `${name}: ${value}\r\n`;
  return writable(request.staysOpen === true ? `${head}\r\n` : `${head}Connection: close\r\n\r\n`);
}

function framingHeader(method: string, body: RequestBody | undefined): string {
  if (body?.kind === 'stream') return 'Transfer-Encoding: chunked\r\n';
  if (body !== undefined) return `Content-Length: ${body.bytes.length}\r\n`;
  return METHODS_WITH_BODY.has(method) ? 'Content-Length: 0\r\n' : '';
}

/**
 * RFC 9112 §7.1. Stops without an error when the peer has closed: it may have answered before it read everything.
 * Leaving the loop closes the file.
 */
async function writeChunks(
  socket: Duplex,
  chunks: AsyncIterable<Uint8Array>,
  stop: AbortSignal | undefined,
): Promise<void> {
  for await (const chunk of chunks) {
    if (socket.destroyed || !socket.writable) return;
    if (chunk.length === 0) continue;
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`);
    socket.write(chunk);
    const drained = socket.write('\r\n');
    socket.uncork();
    if (!drained) await once(socket, 'drain', { signal: stop });
  }
  socket.write('0\r\n\r\n');
}

/** The answer to the one request of an exchange. */
class Answer {
  readonly #socket: Duplex;
  readonly #reader: SocketReader;
  #method = '';
  #staysOpen = false;
  #isWhole = false;

  constructor(socket: Duplex, reader: SocketReader) {
    this.#socket = socket;
    this.#reader = reader;
  }

  /** Whether all of it was read, and neither side has said that it closes the connection. */
  get isWholeAndOpen(): boolean {
    return this.#staysOpen && this.#isWhole;
  }

  isTo({ method, staysOpen }: HttpRequest): void {
    this.#method = method;
    this.#staysOpen = staysOpen === true;
  }

  /** Interim answers (1xx) are passed over; they count for what heads may have. */
  async receive(): Promise<HttpResponse> {
    const heads = new HeadReader(this.#reader);
    for (;;) {
      const { version, status, reason, headers } = await heads.read();
      const interim = status >= 100 && status < 200 && status !== 101;
      if (interim) continue;
      const framing = framingOf({ version, status, headers }, this.#method);
      const { contentLength } = framing;
      this.#staysOpen &&= version === 'HTTP/1.1' && framing.kind === 'length' && !saysClose(headers);
      // The next answer on this connection may end with it.
      if (framing.kind !== 'close' && !this.#staysOpen) stopWatching(this.#socket);
      return { version, status, reason, headers, contentLength, readBody: this.#body(framing) };
    }
  }

  #body(framing: Framing): ReadBody {
    const read = bodyReader(this.#reader, framing, () => endedWithinRecord(this.#socket));
    if (!this.#staysOpen) return read;
    return async () => {
      const chunk = await read();
      this.#isWhole = chunk === undefined;
      return chunk;
    };
  }
}

/** Whether one of the options of a `Connection` field is `close` (RFC 9112 §9.6). */
function saysClose(headers: HttpHeaders): boolean {
  return (headers.get('Connection') ?? []).some((value) => /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(value));
}

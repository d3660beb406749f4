import { createRequire } from 'node:module';
import type net from 'node:net';
import type tls from 'node:tls';

/** Node's stream of a connection, in C++. */
export interface NativeStream {
  readonly readStart: () => number;
  readonly readStop: () => number;
}

/** The TLS half of a TLSSocket. */
export interface NativeTls {
  /** Takes bytes as if they had come over the wire. */
  receive: (bytes: Buffer) => void;
  /** The bytes of data that it has given to its reader. */
  readonly bytesRead: number;
  /** Makes the stream below it read on; returns an error number. */
  readStart: () => number;
  /** Asks a server for the OCSP response on its certificate (RFC 6066, 8); to be called before the hello is sent. */
  readonly requestOCSP: () => void;
  /** OpenSSL's verdict on the peer's certificates; absent where it accepts them. */
  readonly verifyError: () => { readonly code: string } | null | undefined;
}

/**
 * From now on the errors of the handshake are events of the socket, as those of `tls.connect` are. Node's types do not
 * have it; it is in every version from 20 to 24, which a test holds.
 */
export function releaseControl(socket: tls.TLSSocket): void {
  (socket as unknown as { readonly _releaseControl: () => void })._releaseControl();
}

/**
 * Says that the handshake of a server's socket is over, as a tls.Server does: HTTP/2 waits for it. Node's types do not
 * have it either.
 */
export function endSecureConnecting(socket: tls.TLSSocket): void {
  (socket as unknown as { secureConnecting: boolean }).secureConnecting = false;
}

/** The stream that a socket reads; null where it is closed. */
export function streamOf(socket: net.Socket): NativeStream | null {
  return handleOf(socket) as NativeStream | null;
}

/** The TLS half of a socket; null where it is closed. */
export function tlsOf(socket: tls.TLSSocket): NativeTls | null {
  return handleOf(socket) as NativeTls | null;
}

function handleOf(socket: net.Socket): unknown {
  return (socket as unknown as { readonly _handle: unknown })._handle;
}

/** Node's parser of HTTP, of which only the way in which it is put before a stream is of use here. */
export interface NativeParser {
  [onExecute: number]: unknown;
  readonly initialize: (type: number, resource: object) => void;
  readonly execute: (bytes: Buffer) => unknown;
  readonly consume: (stream: NativeStream) => void;
  readonly unconsume: () => void;
  /** The bytes that have just come, copied. */
  readonly getCurrentBuffer: () => Buffer;
  /** Frees the parser; has to be called for each one that is not used again. */
  readonly close: () => void;
}

interface NativeParserClass {
  new (): NativeParser;
  readonly RESPONSE: number;
  readonly kOnExecute: number;
}

/**
 * Node shows no raw bytes of a TLS connection, and whoever wraps the connection in a stream to see them pays for it
 * with every byte of its whole life. Its HTTP parser is the one thing that can be put before the reader of a native
 * stream and be taken away again. What it makes of the bytes is of no interest. Absent in no version of Node from 20 to
 * 24, which a test holds.
 */
const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: NativeParserClass };
/** The property of a parser that is called when bytes have come. */
export const ON_EXECUTE = HTTPParser.kOnExecute | 0;

/**
 * A head of an answer without a length: whatever follows is its body, up to the end. Of other bytes the parser would
 * make an error with a stack each time, some 5 µs.
 */
const HEAD = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');

/** Parsers that are free, all behind that head: making one takes longer than using it. */
const idle: NativeParser[] = [];
const MOST_IDLE = 64;

/** Returns a parser that can be put before a stream; `giveBack` takes it again. */
export function takeParser(): NativeParser {
  return idle.pop() ?? makeParser();
}

function makeParser(): NativeParser {
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.RESPONSE, {});
  parser.execute(HEAD);
  return parser;
}

/** Keeps a parser for the next one, or closes it. */
export function giveBack(parser: NativeParser): void {
  if (idle.length < MOST_IDLE) idle.push(parser);
  // A parser must not be closed within its own callback.
  else setImmediate(() => parser.close());
}

import { createRequire } from 'node:module';
import type { NativeStream } from './native-streams.js';

/** Node's parser of HTTP, of which only the way in which it is put before a stream is of use here. */
export interface NativeParser {
  [onExecute: number]: unknown;
  readonly initialize: (type: number, resource: object) => void;
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

/** Parsers that are free: making one takes longer than using it. */
const idle: NativeParser[] = [];
const MOST_IDLE = 64;

/** Returns a parser that can be put before a stream; `giveBack` takes it again. */
export function takeParser(): NativeParser {
  const parser = idle.pop() ?? new HTTPParser();
  parser.initialize(HTTPParser.RESPONSE, {});
  return parser;
}

/** Keeps a parser for the next one, or closes it. */
export function giveBack(parser: NativeParser): void {
  if (idle.length < MOST_IDLE) idle.push(parser);
  // A parser must not be closed within its own callback.
  else setImmediate(() => parser.close());
}

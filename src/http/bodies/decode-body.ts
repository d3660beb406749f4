import { promisify } from 'node:util';
import { gunzip, inflateRaw } from 'node:zlib';
import { gzipHeaderLength } from '../../values/codec/gzip-header.js';
import { SnappyError } from '../../values/codec/snappy-block.js';
import { decodeSnappyStreamSteps, SnappyLimitError } from '../../values/codec/snappy-stream.js';
import { inSlices } from '../../values/in-slices.js';
import { HttpError } from '../answers/http-reply.js';
import { tooLarge } from './read-body.js';

const unpack = promisify(gunzip);
const inflate = promisify(inflateRaw);

/**
 * Decompresses all members of a gzip stream. Zeros after the last one, which zlib ignores, are a bad header to Go's
 * reader.
 */
async function unpackGzip(body: Buffer, maxOutputLength: number): Promise<Buffer> {
  const { buffer, engine } = informed(await unpack(body, { maxOutputLength, info: true }));
  const rest = body.length - engine.bytesWritten;
  if (rest > 0) throw new HttpError(400, headerWords(rest));
  return buffer;
}

interface Unpacked {
  readonly buffer: Buffer;
  /** `bytesWritten` is how much was read. */
  readonly engine: { readonly bytesWritten: number };
}

/** The types do not know of `info`, with which the result is an object (node:zlib, "Class: Options"). */
function informed(result: unknown): Unpacked {
  return result as Unpacked;
}

/** Go's words for `rest` bytes that are no header of a member: it reads a header as a whole before it looks at it. */
function headerWords(rest: number): string {
  return rest < GZIP_HEADER_BYTES ? 'unexpected EOF' : 'gzip: invalid header';
}

/**
 * The most members of gzip that are read to find the bytes after the last one. Beyond that, Go's words for a bad header
 * are given in any case.
 */
const MOST_MEMBERS = 100;
/** CRC-32 and length of the data (RFC 1952, 2.3). */
const TRAILER_BYTES = 8;

/** How many bytes follow the last member of `body`, in which zlib has found a bad header. */
async function restOfGzip(body: Buffer, maxOutputLength: number): Promise<number> {
  let rest = body;
  for (let members = 0; members < MOST_MEMBERS; members++) {
    const headerBytes = gzipHeaderLength(rest);
    if (typeof headerBytes === 'string') break;
    const { engine } = informed(await inflate(rest.subarray(headerBytes), { maxOutputLength, info: true }));
    rest = rest.subarray(headerBytes + engine.bytesWritten + TRAILER_BYTES);
  }
  return rest.length;
}

/** The codings that are undone; any other is taken for none, as upstream has it. */
export type BodyCoding = 'gzip' | 'snappy' | 'none';

/** The coding that a Content-Encoding header names, in any case of letters. */
export function bodyCoding(header: string | undefined): BodyCoding {
  const coding = header?.toLowerCase();
  return coding === 'gzip' || coding === 'snappy' ? coding : 'none';
}

/** The length of what every gzip stream begins with (RFC 1952, 2.3). */
const GZIP_HEADER_BYTES = 10;

/**
 * Says in Go's words what is wrong with the header of a gzip body; undefined if nothing is. Upstream checks it before
 * anything else of the request.
 */
export function gzipHeaderProblem(body: Buffer): string | undefined {
  if (body.length === 0) return 'EOF';
  if (body.length < GZIP_HEADER_BYTES) return 'unexpected EOF';
  return body[0] === 0x1f && body[1] === 0x8b && body[2] === 8 ? undefined : 'gzip: invalid header';
}

/** The body without its coding. Throws HttpError 400 in Go's words, or 413 where it would grow beyond `maxBytes`. */
export async function decodeBody(
  body: Buffer,
  { coding, maxBytes, limitName }: { coding: BodyCoding; maxBytes: number; limitName: string },
): Promise<Buffer> {
  switch (coding) {
    case 'none':
      return body;
    case 'snappy':
      return unpackSnappy(body, maxBytes, limitName);
    case 'gzip':
      try {
        return await unpackGzip(body, maxBytes);
      } catch (error) {
        throw await gzipError(error, { body, maxBytes, limitName });
      }
  }
}

async function unpackSnappy(body: Buffer, maxBytes: number, limitName: string): Promise<Buffer> {
  try {
    return await inSlices(decodeSnappyStreamSteps(body, { limitBytes: maxBytes }));
  } catch (error) {
    if (error instanceof SnappyLimitError) throw tooLarge(maxBytes, limitName);
    if (error instanceof SnappyError) throw new HttpError(400, error.message);
    throw error;
  }
}

interface GzipBody {
  readonly body: Buffer;
  readonly maxBytes: number;
  readonly limitName: string;
}

async function gzipError(error: unknown, { body, maxBytes, limitName }: GzipBody): Promise<unknown> {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return tooLarge(maxBytes, limitName);
    case 'Z_BUF_ERROR':
      return new HttpError(400, 'unexpected EOF');
    case 'Z_DATA_ERROR':
      return new HttpError(400, await gzipWords(error.message, body, maxBytes));
    default:
      return error;
  }
}

/** Go's words for zlib's. */
async function gzipWords(message: string, body: Buffer, maxBytes: number): Promise<string> {
  if (message.includes('data check') || message.includes('length check')) return 'gzip: invalid checksum';
  if (!/header|compression method/.test(message)) return 'flate: corrupt input';
  return headerWords(await restOfGzip(body, maxBytes));
}

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SnappyError } from '../../values/codec/snappy-block.js';
import { decodeSnappyStreamSteps, SnappyLimitError } from '../../values/codec/snappy-stream.js';
import { inSlices } from '../../values/in-slices.js';
import { HttpError } from '../answers/http-reply.js';
import { tooLarge } from './read-body.js';

const unpack = promisify(gunzip);

/**
 * All members of a gzip stream; zlib passes over zeros behind the last one in silence, which Go's reader takes for a
 * bad header.
 */
async function unpackGzip(body: Buffer, maxOutputLength: number): Promise<Buffer> {
  // The types do not know of `info`, with which the result says how much was read (node:zlib, "Class: Options").
  const result: unknown = await unpack(body, { maxOutputLength, info: true });
  const { buffer, engine } = result as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  const rest = body.length - engine.bytesWritten;
  if (rest > 0) throw new HttpError(400, rest < GZIP_HEADER_BYTES ? 'unexpected EOF' : 'gzip: invalid header');
  return buffer;
}

/** The codings that are undone; any other is taken for none, as upstream has it. */
export type BodyCoding = 'gzip' | 'snappy' | 'none';

/** What a Content-Encoding header means. */
export function bodyCoding(header: string | undefined): BodyCoding {
  const coding = header?.toLowerCase();
  return coding === 'gzip' || coding === 'snappy' ? coding : 'none';
}

/** The length of what every gzip stream begins with (RFC 1952, 2.3). */
const GZIP_HEADER_BYTES = 10;

/**
 * What is wrong with the beginning of a body in gzip, in Go's words; undefined if nothing is. Upstream looks there
 * before at anything else of a request.
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
        throw gzipError(error, maxBytes, limitName);
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

function gzipError(error: unknown, maxBytes: number, limitName: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return tooLarge(maxBytes, limitName);
    case 'Z_BUF_ERROR':
      return new HttpError(400, 'unexpected EOF');
    case 'Z_DATA_ERROR':
      return new HttpError(400, gzipWords(error.message));
    default:
      return error;
  }
}

/** Go's words for zlib's. */
function gzipWords(message: string): string {
  if (message.includes('data check') || message.includes('length check')) return 'gzip: invalid checksum';
  return message.includes('header') ? 'gzip: invalid header' : 'flate: corrupt input';
}

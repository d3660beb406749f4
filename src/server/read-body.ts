import type { BodyShare } from './body-budget.js';
import type { WebRequest } from './exchange.js';
import { HttpError } from './http-reply.js';

/** What a body may weigh. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** How the limit is set, for who meets it. */
  readonly limitName: string;
  readonly share: BodyShare;
}

/** The whole body of a request as it came. Throws HttpError 413 or 429 where it is too much; what still comes is then passed over. */
export async function readBody(request: WebRequest, { maxBytes, limitName, share }: BodyLimits): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw refuse(request, tooLarge(maxBytes, limitName));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of bodyOf(request)) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw refuse(request, tooLarge(maxBytes, limitName));
      if (!share.add(chunk.length)) throw refuse(request, new HttpError(429, 'too many pushes at once; try again'));
      chunks.push(chunk);
    }
  } catch (error) {
    // The client went away; nobody will read this.
    if (request.destroyed) throw new HttpError(400, 'unexpected EOF');
    throw error;
  }
  return Buffer.concat(chunks, bytes);
}

/** The refusal of a body, on the wire or unpacked, that is larger than allowed. */
export function tooLarge(maxBytes: number, limitName: string): HttpError {
  return new HttpError(413, `the pushed body is larger than ${limitName}=${maxBytes} allows`);
}

function refuse(request: WebRequest, error: HttpError): HttpError {
  request.resume();
  return error;
}

/** Leaving the loop early must not end the connection: the answer is still to be sent on it. */
function bodyOf(request: WebRequest): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

import { isInt64 } from '../../values/codec/is-int64.js';
import { CODE } from './http2-codes.js';
import { Http2Ended, Http2Violation } from './http2-error.js';
import type { Http2Exchange } from './http2-exchange.js';
import type { Http2Head } from './read-head.js';

/**
 * The length that an answer declares for its body, −1 for none; as Go reads it, several values or one that is no number
 * say nothing, and an answer that ends with its header has 0.
 */
export function declaredLength({ fields, endsStream }: Http2Head, method: string): number {
  const [value, ...others] = fields.filter(([name]) => name === 'content-length').map(([, text]) => text);
  if (value === undefined) return endsStream && method !== 'HEAD' ? 0 : -1;
  return others.length === 0 && /^[0-9]+$/.test(value) && isInt64(value) ? Number(value) : -1;
}

/** Reads the body, piece by piece, and holds it to its declared length (RFC 9113 §8.1.1); undefined at its end. */
export function declaredBody(exchange: Pick<Http2Exchange, 'read'>, length: number): () => Promise<Buffer | undefined> {
  if (length === -1) return () => exchange.read();
  let left = length;
  let isTooLong = false;
  return async () => {
    if (isTooLong)
      throw new Http2Violation(CODE.PROTOCOL_ERROR, `body longer than its content-length of ${length}`, 'stream');
    const chunk = await exchange.read();
    if (chunk === undefined) {
      if (left > 0) throw new Http2Ended('body_truncated');
      return undefined;
    }
    isTooLong = chunk.length > left;
    if (isTooLong && left === 0)
      throw new Http2Violation(CODE.PROTOCOL_ERROR, `body longer than its content-length of ${length}`, 'stream');
    const taken = isTooLong ? chunk.subarray(0, left) : chunk;
    left -= taken.length;
    return taken;
  };
}

import { HttpError } from '../answers/http-reply.js';
import type { WebRequest } from '../exchange.js';
import { BodyBlocks } from './body-blocks.js';
import type { BodyShare } from './body-budget.js';

/** The limits of one request's body. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** The name of the setting of the limit, for error messages. */
  readonly limitName: string;
  readonly share: BodyShare;
}

/**
 * The whole body of a request as it came. Throws HttpError 413 or 429 where it is too much; what still comes is then
 * passed over.
 */
export function readBody(request: WebRequest, { maxBytes, limitName, share }: BodyLimits): Promise<BodyBlocks> {
  return new Promise((resolve, reject) => {
    const blocks = new BodyBlocks();
    const end = (): void => {
      request.off('data', take).off('end', whole).off('close', cut).off('error', cut);
    };
    const refuse = (error: HttpError): void => {
      end();
      request.on('error', () => undefined);
      request.resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      if (blocks.length + chunk.length > maxBytes) refuse(tooLarge(maxBytes, limitName));
      else if (!share.add(chunk.length)) refuse(new HttpError(429, 'too many pushes at once; try again'));
      else blocks.add(chunk);
    };
    const whole = (): void => {
      end();
      resolve(blocks);
    };
    // The client went away; nobody will read this.
    const cut = (): void => {
      refuse(new HttpError(400, 'unexpected EOF'));
    };
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes) refuse(tooLarge(maxBytes, limitName));
    else request.on('data', take).once('end', whole).once('close', cut).once('error', cut);
  });
}

/** The refusal of a body, on the wire or unpacked, that is larger than allowed. */
export function tooLarge(maxBytes: number, limitName: string): HttpError {
  return new HttpError(413, `the pushed body is larger than ${limitName}=${maxBytes} allows`);
}

import type { BodyShare } from '../../http/bodies/body-budget.js';
import { readBody } from '../../http/bodies/read-body.js';
import type { WebRequest } from '../../http/exchange.js';

/** The largest body, as it comes and unpacked, and the flag that says so. */
export interface BodyLimit {
  readonly maxBytes: number;
  readonly limitName: string;
}

/** The body of one request, read when somebody asks for it, and once. */
export interface PushBody {
  readonly limit: BodyLimit;
  /** Throws HttpError 413 or 429 where it is too much. */
  readonly read: () => Promise<Buffer>;
  /** Frees the body. */
  readonly close: () => void;
}

/** A body that comes over the request's own socket. */
export class SocketBody implements PushBody {
  readonly limit: BodyLimit;
  readonly #request: WebRequest;
  readonly #share: BodyShare;
  #bytes: Promise<Buffer> | undefined;

  constructor(request: WebRequest, { limit, share }: { readonly limit: BodyLimit; readonly share: BodyShare }) {
    this.limit = limit;
    this.#request = request;
    this.#share = share;
  }

  readonly read = (): Promise<Buffer> => {
    this.#bytes ??= readBody(this.#request, { ...this.limit, share: this.#share }).then((blocks) =>
      Buffer.concat(blocks.take()),
    );
    return this.#bytes;
  };

  /** If nobody wanted it, it is passed over, since left unread it would keep the request from ending. */
  readonly close = (): void => {
    this.#share.close();
    if (this.#bytes === undefined) this.#request.resume();
    this.#bytes = undefined;
  };
}

import type { BodyShare } from './body-budget.js';
import type { WebRequest } from './exchange.js';
import { readBody } from './read-body.js';

/** The largest body, as it comes and unpacked, and the flag that says so. */
export interface BodyLimit {
  readonly maxBytes: number;
  readonly limitName: string;
}

/** The body of one request, read when somebody asks for it, and once. */
export class PushBody {
  readonly limit: BodyLimit;
  readonly #request: WebRequest;
  readonly #share: BodyShare;
  #bytes: Promise<Buffer> | undefined;

  constructor(request: WebRequest, { limit, share }: { readonly limit: BodyLimit; readonly share: BodyShare }) {
    this.limit = limit;
    this.#request = request;
    this.#share = share;
  }

  /** Throws HttpError 413 or 429 where it is too much. */
  read(): Promise<Buffer> {
    this.#bytes ??= readBody(this.#request, { ...this.limit, share: this.#share });
    return this.#bytes;
  }

  /** Lets go of it; if nobody wanted it, it is passed over, since left unread it would keep the request from ending. */
  close(): void {
    this.#share.close();
    if (this.#bytes === undefined) this.#request.resume();
    this.#bytes = undefined;
  }
}

import { errorReply, HttpError, sendReply } from '../../../http/answers/http-reply.js';
import { unreadRoom } from '../../../http/answers/unread-answers.js';
import type { BodyBudget, BodyShare } from '../../../http/bodies/body-budget.js';
import { readBody } from '../../../http/bodies/read-body.js';
import type { WebHandler, WebRequest, WebResponse } from '../../../http/exchange.js';
import type { BodyLimit } from '../push-body.js';
import type { FromEngine, RelayedBytes, ToEngine } from './relay-messages.js';
import { WINDOW_BYTES } from './relayed-response.js';

/** Sends a message to the thread that answers; what is in `hands` is then the other's. */
export type PostToEngine = (message: ToEngine, hands?: readonly ArrayBuffer[]) => void;

/** The receiver of requests, and the limits for their bodies. */
export interface RequestRelayOptions {
  readonly post: PostToEngine;
  readonly limit: BodyLimit;
  readonly budget: BodyBudget;
}

/** A body up to this length is read before anybody asks for it. */
const SMALL_BODY_BYTES = 64 * 1024;

interface Pending {
  readonly request: WebRequest;
  readonly response: WebResponse;
  readonly share: BodyShare;
  isRead: boolean;
}

/**
 * Passes requests on to another thread and its answers back. Here only bytes go by, so that the thread with the sockets
 * is free, whatever is asked of the other. Bodies are read here, within their limits and the budget of all.
 */
export class RequestRelay {
  readonly #options: RequestRelayOptions;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(options: RequestRelayOptions) {
    this.#options = options;
  }

  readonly handle: WebHandler = (request, response) => {
    const id = ++this.#lastId;
    const pending = { request, response, share: this.#options.budget.open(), isRead: false };
    this.#pending.set(id, pending);
    response.once('close', () => {
      if (this.#end(id)) this.#options.post({ kind: 'gone', id });
    });
    void this.#pass(id, pending);
  };

  /** Takes a message of the other thread that is about a request; says whether it was one. */
  take(message: FromEngine): boolean {
    if (!('id' in message)) return false;
    const pending = this.#pending.get(message.id);
    if (pending !== undefined) this.#answer(message, pending);
    return true;
  }

  /** The other thread is gone: whoever waits for it hears that. */
  failAll(text: string): void {
    for (const [id, { response }] of [...this.#pending]) {
      this.#end(id);
      if (response.headersSent) response.end('', 'utf8');
      else sendReply(response, errorReply(503, text));
    }
  }

  async #pass(id: number, pending: Pending): Promise<void> {
    const { request } = pending;
    const { method = '', url = '', headers } = request;
    const head = { method, url, headers, remoteAddress: request.socket.remoteAddress };
    const length = Number(headers['content-length'] ?? NaN);
    if (length <= SMALL_BODY_BYTES && length > 0) {
      const body = await this.#read(pending);
      this.#options.post({ kind: 'request', id, head, body }, handsOf(body));
    } else this.#options.post({ kind: 'request', id, head });
  }

  #answer(message: Extract<FromEngine, { id: number }>, pending: Pending): void {
    const { id } = message;
    const { response } = pending;
    switch (message.kind) {
      case 'wants body':
        void this.#read(pending).then((body) => {
          this.#options.post({ kind: 'body', id, body }, handsOf(body));
        });
        return;
      case 'answer':
        this.#end(id);
        writeHead(response, message, message.bytes.length);
        response.end(message.bytes, 'latin1');
        return;
      case 'head':
        writeHead(response, message, WINDOW_BYTES);
        return;
      case 'cut':
        this.#end(id);
        response.destroy();
        return;
      case 'piece':
        this.#write(id, message.bytes, response);
        return;
      case 'end':
        this.#end(id);
        response.end(message.bytes, 'latin1');
    }
  }

  #write(id: number, piece: Uint8Array, response: WebResponse): void {
    const taken = (): void => {
      this.#options.post({ kind: 'taken', id, bytes: piece.length });
    };
    if (response.destroyed) return;
    if (response.write(piece)) taken();
    else response.once('drain', taken);
  }

  async #read(pending: Pending): Promise<RelayedBytes> {
    pending.isRead = true;
    try {
      const blocks = await readBody(pending.request, { ...this.#options.limit, share: pending.share });
      return { blocks: blocks.take() };
    } catch (error) {
      if (error instanceof HttpError) return { status: error.status, message: error.message };
      throw error;
    }
  }

  /**
   * Frees what was held for a request; a body that nobody wanted is read and dropped. Returns false if the request had
   * ended before.
   */
  #end(id: number): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    this.#pending.delete(id);
    pending.share.close();
    if (!pending.isRead) pending.request.resume();
    return true;
  }
}

function handsOf(body: RelayedBytes): readonly ArrayBuffer[] {
  return 'blocks' in body ? body.blocks.map(({ buffer }) => buffer) : [];
}

/** Begins an answer of which the client may leave up to so many bytes unread. */
function writeHead(
  response: WebResponse,
  { status, headers }: Extract<FromEngine, { kind: 'head' | 'answer' }>,
  unreadBytes: number,
): void {
  unreadRoom.hold(response, unreadBytes);
  response.writeHead(status, headers);
}

import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { HttpError } from '../../../http/answers/http-reply.js';
import type { WebHandler, WebRequest } from '../../../http/exchange.js';
import { asError } from '../../../values/as-error.js';
import type { BodyLimit, PushBody } from '../push-body.js';
import type { RelayedBytes, RequestHead, ToEngine } from './relay-messages.js';
import { type PostFromEngine, RelayedResponse } from './relayed-response.js';

/** A request that another thread has the socket of. Its body is not read from it but asked for. */
class RelayedRequest extends Readable implements WebRequest {
  readonly method: string;
  url: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress: string | undefined };

  constructor({ method, url, headers, remoteAddress }: RequestHead) {
    super();
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.socket = { remoteAddress };
  }

  override _read(): void {
    this.push(null);
  }
}

interface Relayed {
  readonly response: RelayedResponse;
  body: RelayedBytes | undefined;
  onBody: ((body: RelayedBytes) => void) | undefined;
}

/** Requests that come from the thread with the sockets, as the handlers of this one take them. */
export class RelayedRequests {
  readonly #post: PostFromEngine;
  readonly #limit: BodyLimit;
  readonly #relayed = new Map<number, Relayed>();
  readonly #ids = new WeakMap<WebRequest, number>();

  constructor(post: PostFromEngine, limit: BodyLimit) {
    this.#post = post;
    this.#limit = limit;
  }

  /** Takes a message that is about a request. */
  take(message: Extract<ToEngine, { id: number }>, handle: WebHandler): void {
    const { id } = message;
    if (message.kind === 'request') {
      const request = new RelayedRequest(message.head);
      const response = new RelayedResponse(id, this.#post);
      this.#relayed.set(id, { response, body: message.body, onBody: undefined });
      this.#ids.set(request, id);
      response.once('close', () => this.#relayed.delete(id));
      handle(request, response);
      return;
    }
    const relayed = this.#relayed.get(id);
    if (message.kind === 'taken') relayed?.response.taken(message.bytes);
    else if (message.kind === 'gone') relayed?.response.gone();
    else relayed?.onBody?.(message.body);
  }

  /** The body of a request that came this way. */
  bodyOf(request: WebRequest): PushBody {
    const id = this.#ids.get(request) ?? NaN;
    let bytes: Promise<Buffer> | undefined;
    return {
      limit: this.#limit,
      read: () => (bytes ??= this.#askFor(id)),
      close: () => {
        bytes = undefined;
      },
    };
  }

  /** What waits for the body has it as one piece, and keeps nothing else of it. */
  async #askFor(id: number): Promise<Buffer> {
    const relayed = this.#relayed.get(id);
    if (relayed === undefined) throw new HttpError(400, 'unexpected EOF');
    if (relayed.body !== undefined) {
      const { body } = relayed;
      relayed.body = undefined;
      return bufferOf(body);
    }
    return new Promise((resolve, reject) => {
      relayed.onBody = (body) => {
        try {
          resolve(bufferOf(body));
        } catch (error) {
          reject(asError(error));
        }
      };
      relayed.response.once('close', () => {
        reject(new HttpError(400, 'unexpected EOF'));
      });
      this.#post({ kind: 'wants body', id });
    });
  }
}

function bufferOf(body: RelayedBytes): Buffer {
  if (!('blocks' in body)) throw new HttpError(body.status, body.message);
  const [first] = body.blocks;
  if (first !== undefined && body.blocks.length === 1) return Buffer.from(first.buffer);
  return Buffer.concat(body.blocks);
}

import { errorReply, HttpError, sendReply } from '../../../http/answers/http-reply.js';
import { unreadRoom } from '../../../http/answers/unread-answers.js';
import type { BodyBudget, BodyShare } from '../../../http/bodies/body-budget.js';
import { readBody } from '../../../http/bodies/read-body.js';
import type { WebHandler, WebRequest, WebResponse } from '../../../http/exchange.js';
import type { Clock } from '../../../values/clock.js';
import type { BodyLimit } from '../push-body.js';
import { type AnswerPlace, AnswerPlaces, MOST_REQUESTS_WAITING } from './answer-places.js';
import type { FromEngine, RelayedBytes, ToEngine } from './relay-messages.js';
import { WINDOW_BYTES } from './relayed-response.js';

/** Sends a message to the thread that answers; what is in `hands` is then the other's. */
export type PostToEngine = (message: ToEngine, hands?: readonly ArrayBuffer[]) => void;

/** The receiver of requests, and the limits for their bodies. */
export interface RequestRelayOptions {
  readonly post: PostToEngine;
  readonly limit: BodyLimit;
  readonly budget: BodyBudget;
  readonly clock: Pick<Clock, 'monotonicSeconds' | 'after'>;
}

/** A body up to this length is read before anybody asks for it. */
const SMALL_BODY_BYTES = 64 * 1024;

/**
 * The memory that an answer may take while its client reads nothing: what is on its way, the piece after it, and what
 * the other thread has packed or is packing.
 */
export const UNREAD_BYTES = 2 * WINDOW_BYTES;

/** The answer where too many requests wait for their turn. */
const TOO_MANY_WAIT = errorReply(503, `Limit of waiting requests reached (${MOST_REQUESTS_WAITING}), try again later.`);

interface Pending {
  readonly request: WebRequest;
  readonly response: WebResponse;
  readonly share: BodyShare;
  /** Absent for what changes something: that is bounded by its bodies. */
  readonly place: AnswerPlace | undefined;
  isRead: boolean;
  /** The bytes that the client has to take before the other thread hears that it has. */
  untoldBytes: number;
}

/**
 * Passes requests on to another thread and its answers back. Here only bytes go by, so that the thread with the sockets
 * is free, whatever is asked of the other. Bodies are read here, within their limits and the budget of all. Requests
 * that change nothing take turns.
 */
export class RequestRelay {
  readonly #options: RequestRelayOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #places: AnswerPlaces;
  #lastId = 0;

  constructor(options: RequestRelayOptions) {
    this.#options = options;
    this.#places = new AnswerPlaces(options.clock);
  }

  readonly handle: WebHandler = (request, response) => {
    const id = ++this.#lastId;
    const place = onlyAsks(request) ? this.#placeOf(id, { request, response }) : undefined;
    const share = this.#options.budget.open();
    const pending = { request, response, share, place, isRead: false, untoldBytes: 0 };
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
    this.#places.clear();
    for (const [id, { response }] of [...this.#pending]) {
      this.#end(id);
      if (response.headersSent) response.end('', 'utf8');
      else sendReply(response, errorReply(503, text));
    }
  }

  #placeOf(id: number, { request, response }: Pick<Pending, 'request' | 'response'>): AnswerPlace {
    const { remoteAddress = '', remotePort = '' } = request.socket;
    return this.#places.open({
      address: remoteAddress,
      connection: `${remotePort}`,
      refuse: () => {
        this.#end(id);
        sendReply(response, TOO_MANY_WAIT);
      },
    });
  }

  async #pass(id: number, pending: Pending): Promise<void> {
    const { request, place } = pending;
    const { method = '', url = '', headers } = request;
    const head = { method, url, headers, remoteAddress: request.socket.remoteAddress };
    const post = (message: ToEngine, hands?: readonly ArrayBuffer[]): void => {
      if (place === undefined) this.#options.post(message, hands);
      else {
        place.take(() => {
          this.#options.post(message, hands);
        });
      }
    };
    if (isReadFirst(pending)) {
      const body = await this.#read(pending);
      post({ kind: 'request', id, head, body }, handsOf(body));
    } else post({ kind: 'request', id, head });
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
        this.#begin(message, pending);
        return;
      case 'cut':
        this.#end(id);
        response.destroy();
        return;
      case 'piece':
        this.#write(id, message.bytes, pending);
        return;
      case 'end':
        this.#end(id);
        response.end(message.bytes, 'latin1');
    }
  }

  #begin(message: Extract<FromEngine, { kind: 'head' }>, pending: Pending): void {
    const { response } = pending;
    writeHead(response, message, UNREAD_BYTES);
    response.on('drain', () => {
      this.#taken(message.id, pending);
    });
  }

  #write(id: number, piece: Uint8Array, pending: Pending): void {
    const { response, place } = pending;
    if (response.destroyed) return;
    pending.untoldBytes += piece.length;
    if (response.write(piece)) this.#taken(id, pending);
    else place?.rest();
  }

  /** Has the other thread go on with an answer, when it has its turn again. */
  #taken(id: number, pending: Pending): void {
    const tell = (): void => {
      const bytes = pending.untoldBytes;
      pending.untoldBytes = 0;
      if (bytes > 0) this.#options.post({ kind: 'taken', id, bytes });
    };
    if (pending.place === undefined) tell();
    else pending.place.take(tell);
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
    pending.place?.leave();
    if (!pending.isRead) pending.request.resume();
    return true;
  }
}

function onlyAsks({ method }: WebRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Small bodies are read before anybody asks for them, and so are those that come with a question: the place for its
 * answer does not wait for its client.
 */
function isReadFirst({ request: { headers }, place }: Pending): boolean {
  const length = Number(headers['content-length'] ?? NaN);
  if (place !== undefined && headers['content-encoding'] !== undefined) return true;
  return length <= SMALL_BODY_BYTES && length > 0;
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

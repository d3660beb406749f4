import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { AnswerWatch } from './answer-watch.js';
import type { WebHandler } from './exchange.js';
import { answerRefusal, guardHeads, refusalOf } from './heads/guard-heads.js';
import { BAD_REQUEST, HEAD_TOO_LARGE, HEAD_TOO_SLOW } from './heads/refusal.js';
import { PLAIN_TEXT_UTF8 } from './http-reply.js';
import { oneAtATime } from './one-at-a-time.js';
import { ANSWER_LIMITS, HTTP1_LIMITS } from './server-limits.js';

/** What accepts connections at one address, and speaks HTTP on them. */
export interface Listener {
  /** Is made to listen by whoever has the address. */
  readonly server: net.Server;
  /** Accepts no more connections; resolves when every request that is being answered has its answer. */
  readonly stop: () => Promise<void>;
  /** Cuts all connections. */
  readonly cut: () => void;
}

/** Speaks plain HTTP/1.1. */
export function plainListener(handler: WebHandler, limits = ANSWER_LIMITS): Listener {
  const watch = new AnswerWatch(limits);
  const answers = new OpenAnswers(handler, watch);
  const server = createServer(HTTP1_LIMITS, answers.handle);
  server.on('connection', guardHeads);
  server.on('clientError', answers.refuse);
  return {
    server,
    stop: () => {
      answers.closeConnections();
      return closeServer(server).finally(() => {
        watch.close();
      });
    },
    cut: () => {
      server.closeAllConnections();
    },
  };
}

/** Closes an HTTP/1.1 server, its idle connections at once; resolves when the others are gone too. */
export async function closeServer(server: Pick<Server, 'close' | 'closeIdleConnections'> & net.Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
}

/** The HTTP/1.1 answers that are under way: those after which a connection has to be closed. */
export class OpenAnswers {
  readonly #handler: WebHandler;
  readonly #open = new Set<ServerResponse>();
  readonly #watch: AnswerWatch;
  #stopping = false;

  constructor(handler: WebHandler, watch: AnswerWatch) {
    this.#handler = handler;
    this.#watch = watch;
  }

  readonly handle = oneAtATime((request, response) => {
    if (this.#stopping) response.shouldKeepAlive = false;
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    this.#watch.add(response);
    const refusal = refusalOf(request);
    if (refusal === undefined) this.#handler(request, response);
    else answerRefusal(response, refusal);
  });

  /** Tells a client that Node's parser does not understand, unless an answer has begun. */
  readonly refuse = (error: Error, socket: Duplex): void => {
    const hasBegun = [...this.#open].some((response) => response.socket === socket && response.headersSent);
    if (socket.writable && !hasBegun) socket.write(parserRefusal(error));
    socket.destroy();
  };

  /** From now on a connection ends with its answer. */
  closeConnections(): void {
    this.#stopping = true;
    for (const response of this.#open) response.shouldKeepAlive = false;
  }
}

/** What Node's parser says of a body or of its own deadline, in the words of upstream. */
function parserRefusal(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const text =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? HEAD_TOO_SLOW.text
      : code === 'HPE_HEADER_OVERFLOW'
        ? HEAD_TOO_LARGE.text
        : BAD_REQUEST.text;
  return `HTTP/1.1 ${text}\r\nContent-Type: ${PLAIN_TEXT_UTF8}\r\nConnection: close\r\n\r\n${text}`;
}

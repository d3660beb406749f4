import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { default as net, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OpenList } from '../../values/lists/open-list.js';
import { AnswerWatch } from '../answers/answer-watch.js';
import { PLAIN_TEXT_UTF8 } from '../answers/http-reply.js';
import { cutTurns } from '../cut-turns.js';
import { SAYS_NO_MORE, type WebHandler } from '../exchange.js';
import { answerRefusal, guardHeads, refusalOf } from '../heads/guard-heads.js';
import { BAD_REQUEST, HEAD_TOO_LARGE, HEAD_TOO_SLOW } from '../heads/refusal.js';
import { oneAtATime } from './one-at-a-time.js';
import { ANSWER_LIMITS, HTTP1_LIMITS } from './server-limits.js';

/** A server that accepts connections at one address and speaks HTTP on them. */
export interface Listener {
  /** The server; the owner of the address calls its `listen`. */
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
  // As Go's server: a client that closes its side behind its request, as `nc -N` does, gets its answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', answers.admit);
  server.on('clientError', (error, socket) => void answers.refuse(error, socket));
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

/** Closes a server; resolves when its connections are gone, too. */
export async function closeServer(server: net.Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** The HTTP/1.1 connections of a listener, and the answer that is under way on each. */
export class OpenAnswers {
  readonly #handler: WebHandler;
  readonly #connections = new OpenList<Socket>();
  /** Absent once the answer is over; a connection has many. */
  readonly #open = new WeakMap<Duplex, { response: ServerResponse | undefined }>();
  readonly #watch: AnswerWatch;
  #stopping = false;

  constructor(handler: WebHandler, watch: AnswerWatch) {
    this.#handler = handler;
    this.#watch = watch;
  }

  /** Takes over a connection that the server has got. */
  readonly admit = (socket: Socket): void => {
    const place = this.#connections.add(socket);
    const open: { response: ServerResponse | undefined } = { response: undefined };
    this.#open.set(socket, open);
    socket.once('end', () => open.response?.emit(SAYS_NO_MORE));
    socket.once('close', () => {
      this.#connections.remove(place);
    });
    guardHeads(socket);
  };

  readonly handle = oneAtATime((request, response) => {
    if (this.#stopping) response.shouldKeepAlive = false;
    const { socket } = request;
    const open = this.#open.get(socket);
    if (open !== undefined) open.response = response;
    response.on('close', () => {
      // The next answer on the connection may have begun.
      if (open?.response === response) open.response = undefined;
    });
    this.#watch.add(response);
    const refusal = refusalOf(request);
    if (refusal === undefined) this.#handler(request, response);
    else answerRefusal(response, refusal);
  });

  /** Answers a client that Node's parser does not understand, unless an answer has begun. */
  readonly refuse = async (error: Error, socket: Duplex): Promise<void> => {
    if (isTimeout(error) && cutTurns.isOver()) await cutTurns.next();
    if (socket.writable && this.#open.get(socket)?.response?.headersSent !== true) socket.write(parserRefusal(error));
    socket.destroy();
  };

  /**
   * Makes each connection end with its answer. Those without one end at once, whether or not they have ever sent a
   * request.
   */
  closeConnections(): void {
    this.#stopping = true;
    for (const socket of this.#connections.all()) {
      const response = this.#open.get(socket)?.response;
      if (response === undefined) socket.destroy();
      else response.shouldKeepAlive = false;
    }
  }
}

/**
 * The response to an error of Node's parser, in upstream's words: its own timeout, a head that is too large, or a
 * malformed request.
 */
function parserRefusal(error: Error): string {
  const isTooLarge = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW';
  const { text } = isTimeout(error) ? HEAD_TOO_SLOW : isTooLarge ? HEAD_TOO_LARGE : BAD_REQUEST;
  return `HTTP/1.1 ${text}\r\nContent-Type: ${PLAIN_TEXT_UTF8}\r\nConnection: close\r\n\r\n${text}`;
}

/** Whether Node's time for a head, or for a whole request, is over. */
function isTimeout(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
}

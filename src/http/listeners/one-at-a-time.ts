import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { loopTurns } from '../../values/loop-turns.js';

/**
 * The most requests that wait on one connection: more than any client sends ahead of the answers, and Prometheus sends
 * none. The connection ends with the answer to the last of them.
 */
export const MOST_WAITING_REQUESTS = 100;

/** Requests behind those are passed over; with more of them the connection is cut, as each takes some memory. */
export const MOST_PASSED_OVER = 1000;

/**
 * Makes the requests of one connection wait for each other, as they do in Go's server. Node begins all that a client
 * pipelines (RFC 9112 section 9.3.2) at once, so that a single packet could start thousands of probes. For HTTP/1.1
 * alone: HTTP/2 has a limit of its own. Answers that are made at once follow each other until `turns` says that the
 * turn of the event loop is over.
 */
export function oneAtATime(handler: RequestListener, turns = loopTurns): RequestListener {
  /** Has an entry for every connection on which a request is being answered. */
  const waiting = new WeakMap<Socket, (readonly [IncomingMessage, ServerResponse])[]>();
  const passedOver = new WeakMap<Socket, number>();
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    response.once('close', () => {
      const isNextThere = (waiting.get(socket)?.length ?? 0) > 0;
      if (isNextThere && turns.isOver()) void turns.soon().then(() => goOn(socket));
      else goOn(socket);
    });
    handler(request, response);
  };
  const goOn = (socket: Socket): void => {
    const next = waiting.get(socket)?.shift();
    // A client that has closed the connection, or asked for that, gets no more answers.
    if (next === undefined || !socket.writable) waiting.delete(socket);
    else begin(...next);
  };
  return (request, response) => {
    const { socket } = request;
    const queue = waiting.get(socket);
    if (queue === undefined) {
      waiting.set(socket, []);
      begin(request, response);
    } else if (queue.length >= MOST_WAITING_REQUESTS || passedOver.has(socket)) passOver(socket, passedOver);
    else if (queue.push([request, response]) === MOST_WAITING_REQUESTS) {
      response.shouldKeepAlive = false;
      passedOver.set(socket, 0);
    }
  };
}

function passOver(socket: Socket, counts: WeakMap<Socket, number>): void {
  const count = (counts.get(socket) ?? 0) + 1;
  counts.set(socket, count);
  if (count > MOST_PASSED_OVER) socket.destroy();
}

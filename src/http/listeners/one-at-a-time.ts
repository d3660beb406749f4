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
  const lines = new WeakMap<Socket, Line>();
  const begin = (line: Line, request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    line.isBusy = true;
    response.on('close', () => {
      if (line.waiting.length > 0 && turns.isOver()) void turns.soon().then(() => goOn(line, socket));
      else goOn(line, socket);
    });
    handler(request, response);
  };
  const goOn = (line: Line, socket: Socket): void => {
    const next = line.waiting.shift();
    if (next !== undefined && socket.writable) begin(line, ...next);
    else {
      // A client that has closed the connection, or asked for that, gets no more answers.
      if (line.waiting.length > 0) line.waiting.length = 0;
      line.isBusy = false;
    }
  };
  return (request, response) => {
    const { socket } = request;
    const line = lineOf(socket, lines);
    if (!line.isBusy) begin(line, request, response);
    else if (line.waiting.length >= MOST_WAITING_REQUESTS || line.passedOver !== undefined) passOver(socket, line);
    else if (line.waiting.push([request, response]) === MOST_WAITING_REQUESTS) {
      response.shouldKeepAlive = false;
      line.passedOver = 0;
    }
  };
}

/** The requests of one connection: made once for it, since each entry of a WeakMap is work for the collector. */
interface Line {
  /** Whether one is being answered. */
  isBusy: boolean;
  readonly waiting: (readonly [IncomingMessage, ServerResponse])[];
  /** How many were passed over; undefined while none has to be. */
  passedOver: number | undefined;
}

function lineOf(socket: Socket, lines: WeakMap<Socket, Line>): Line {
  let line = lines.get(socket);
  if (line === undefined) lines.set(socket, (line = { isBusy: false, waiting: [], passedOver: undefined }));
  return line;
}

function passOver(socket: Socket, line: Line): void {
  line.passedOver = (line.passedOver ?? 0) + 1;
  if (line.passedOver > MOST_PASSED_OVER) socket.destroy();
}

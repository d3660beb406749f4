import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import type { Clock } from '../../values/clock.js';
import { TlsGate, type TlsGateOptions } from '../access/tls-gate.js';
import { AnswerWatch } from '../answers/answer-watch.js';
import type { WebHandler, WebResponse } from '../exchange.js';
import { requestTurns } from '../heads/request-turns.js';
import { FairTurns } from './fair-turns.js';
import { Http2Floods } from './http2-floods.js';
import { Http2Sessions } from './http2-sessions.js';
import { closeServer, type Listener, OpenAnswers } from './listener.js';
import { ANSWER_LIMITS, HTTP1_LIMITS, HTTP2_LIMITS } from './server-limits.js';

/** The options that turn connections into TLS ones; the rest of the gate is the listener's own. */
export type TlsSide = Omit<TlsGateOptions, 'onSecure'>;

/** Speaks HTTP/1.1 and HTTP/2 over TLS, as the client prefers. */
export function tlsListener(handler: WebHandler, side: TlsSide, limits = ANSWER_LIMITS): Listener {
  const watch = new AnswerWatch(limits);
  const answers = new OpenAnswers(handler, watch);
  const sessions = new Http2Sessions(side.clock);
  const server = http1Server(answers);
  const http2 = http2Server(handler, { sessions, watch, clock: side.clock });
  const gate = new TlsGate({ ...side, onSecure: byProtocol(server, http2, sessions) });
  admitThrough(gate, server);
  return {
    server,
    stop: () => {
      answers.closeConnections();
      gate.close();
      sessions.close();
      return closeServer(server).finally(() => {
        watch.close();
      });
    },
    cut: () => {
      gate.close();
      server.closeAllConnections();
      sessions.cut();
    },
  };
}

function http1Server(answers: OpenAnswers): HttpsServer {
  const server = createHttpsServer(HTTP1_LIMITS, answers.handle);
  server.on('secureConnection', answers.admit);
  server.on('clientError', (error, socket) => void answers.refuse(error, socket));
  return server;
}

/** Replaces the server's own handshake, whose certificate is that of the start, by the gate's. */
function admitThrough(gate: TlsGate, server: HttpsServer): void {
  server.removeAllListeners('connection');
  server.on('connection', (raw) => {
    if (raw instanceof Socket) gate.admit(raw);
    else raw.destroy();
  });
}

/** Hands a connection to the server of the protocol that the client chose. */
function byProtocol(http1: HttpsServer, http2: Http2Server, sessions: Http2Sessions): TlsGateOptions['onSecure'] {
  return (socket) => {
    if (socket.alpnProtocol !== 'h2') {
      http1.emit('secureConnection', socket);
      return;
    }
    // The server makes the session while it takes the connection.
    const add = (session: Http2Session): void => {
      sessions.add(session, socket);
    };
    http2.once('session', add);
    http2.emit('connection', socket);
    http2.off('session', add);
  };
}

interface Http2Deps {
  readonly sessions: Http2Sessions;
  readonly watch: AnswerWatch;
  readonly clock: Clock;
}

/** A server that never listens: it gets its connections from the gate. */
function http2Server(handler: WebHandler, { sessions, watch, clock }: Http2Deps): Http2Server {
  const turns = new FairTurns();
  const floods = new Http2Floods();
  const server = createHttp2Server(HTTP2_LIMITS, (request, response) => {
    const { session } = request.stream;
    if (session !== undefined && !floods.admits(session)) {
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    requestTurns.brake();
    request.stream.on('close', requestTurns.brake);
    floods.watch(request.stream);
    limitBody(request, response, clock);
    const answer = asWebResponse(response);
    watch.add(answer);
    sessions.addAnswer(session, answer);
    const begin = (): void => {
      handler(request, answer);
    };
    turns.add(session ?? request, { begin, isOver: () => answer.destroyed });
  });
  server.on('session', (session) => {
    // A protocol error of a client ends only its own session.
    session.on('error', () => undefined);
  });
  return server;
}

/**
 * The compatibility object does not say whether its stream is gone, and calls an answer finished that was never begun:
 * Node ends the writable side of a stream that the client has reset.
 */
function asWebResponse(response: Http2ServerResponse): WebResponse {
  const { stream } = response;
  return Object.defineProperties(response, {
    destroyed: { get: () => stream.destroyed },
    writableFinished: { get: () => response.writableEnded && stream.writableFinished },
  });
}

/** node:http's requestTimeout has no counterpart: a body has to come in time. */
function limitBody({ stream }: Http2ServerRequest, response: Http2ServerResponse, clock: Clock): void {
  if (stream.endAfterHeaders) return;
  const cancelTimer = clock.after(HTTP1_LIMITS.requestTimeout / 1000, () => {
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
  });
  response.once('close', cancelTimer);
}

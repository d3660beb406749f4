import { errorReply, PLAIN_TEXT_UTF8, sendRedirect, sendReply } from '../answers/http-reply.js';
import type { Exchange, WebHandler } from '../exchange.js';
import { hasTooManyParameters, MOST_PARAMETERS } from './query-parameters.js';
import { readRequestPath, urlOf } from './request-path.js';

/** How a service answers the requests that have a path. */
export interface RequestHandlerOptions {
  /** Status of the redirect from a path that is not clean: Go's ServeMux sends 301, and since Go 1.26 307. */
  readonly uncleanStatus: 301 | 307;
  /** Answers a request for a decoded, clean path. Errors that it throws go to `onFailure`. */
  readonly answer: (exchange: Exchange, path: string) => void | Promise<void>;
  /** Answers a request whose `answer` threw. */
  readonly onFailure: (error: unknown, exchange: Exchange) => void;
}

/** Answers every request that reaches the server. Errors end in an answer and a log line, never in the process. */
export function requestHandler({ uncleanStatus, answer, onFailure }: RequestHandlerOptions): WebHandler {
  return (request, response) => {
    const found = readRequestPath(request.url ?? '/');
    if (found.kind === 'path' && !hasTooManyParameters(found.query)) {
      const exchange = { request, response, query: found.query };
      const fail = (error: unknown): void => {
        onFailure(error, exchange);
      };
      try {
        const answered = answer(exchange, found.path);
        if (answered instanceof Promise) answered.catch(fail);
      } catch (error) {
        fail(error);
      }
      return;
    }
    // A body that is left unread would keep the request from ending.
    request.resume();
    if (found.kind === 'path') {
      sendReply(response, errorReply(400, `The query has more than ${MOST_PARAMETERS} parameters`));
    } else if (found.kind === 'unclean') {
      sendRedirect({ request, response }, uncleanStatus, urlOf(found.path, found.query));
    } else {
      // Go's server answers this before any handler is called, without a line feed.
      sendReply(response, { status: 400, contentType: PLAIN_TEXT_UTF8, body: '400 Bad Request' });
    }
  };
}

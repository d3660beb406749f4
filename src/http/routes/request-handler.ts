import type { ServiceLog } from '../../log/service-log.js';
import type { Fields } from '../../probe/fields.js';
import { errorReply, HttpError, redirectReply, sendReply } from '../answers/http-reply.js';
import type { Exchange, Route, WebHandler } from '../exchange.js';
import { type Destination, findRoute, type Mount } from './find-route.js';

/** Counts requests that failed by a bug of ours. */
export interface BugCounter {
  readonly internalError: () => void;
}

export interface RequestHandlerOptions {
  readonly mount: Mount;
  /** Routes by their exact path, for requests that come all the time. */
  readonly quickRoutes: ReadonlyMap<string, Route>;
  /** Everything else. */
  readonly pages: Route;
  readonly log: ServiceLog;
  readonly metrics: BugCounter;
}

/** Answers every request that reaches the server; whatever goes wrong ends in an answer and a log line, never in the process. */
export function requestHandler(options: RequestHandlerOptions): WebHandler {
  return (request, response) => {
    // Nobody reads bodies; left unread, one would keep the request from ending.
    if (request.method !== 'GET') request.resume();
    const destination = findRoute(request.url ?? '/', options.mount);
    if (destination.kind !== 'route') {
      sendReply(response, replyWithoutRoute(destination));
      return;
    }
    const route = options.quickRoutes.get(destination.path) ?? options.pages;
    // What the pages' router sees is the path below the prefix.
    request.url = destination.query === '' ? destination.path : `${destination.path}?${destination.query}`;
    void answer(route, { request, response, query: destination.query }, options);
  };
}

function replyWithoutRoute(destination: Exclude<Destination, { kind: 'route' }>) {
  switch (destination.kind) {
    case 'redirect':
      return redirectReply(destination.status, destination.location);
    case 'malformed':
      return errorReply(400, '400 Bad Request');
    case 'nowhere':
      return errorReply(404, '404 page not found');
  }
}

async function answer(route: Route, exchange: Exchange, options: RequestHandlerOptions): Promise<void> {
  try {
    await route(exchange);
  } catch (error) {
    answerFailure(error, exchange, options);
  }
}

/** Answers a request whose route threw: an HttpError says what to answer, anything else is a bug of ours. */
export function answerFailure(
  error: unknown,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  { log, metrics }: { log: ServiceLog; metrics: BugCounter },
): void {
  if (error instanceof HttpError) {
    sendReply(response, errorReply(error.status, error.message));
    return;
  }
  logBug(error, { log, metrics }, { method: request.method ?? '', url: request.url ?? '' });
  sendReply(response, errorReply(500, 'Internal Server Error'));
}

/** Counts an error that should not be possible and writes its stack into the log. */
export function logBug(
  error: unknown,
  { log, metrics }: { log: ServiceLog; metrics: BugCounter },
  fields: Fields = {},
): void {
  metrics.internalError();
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('Internal error, please report it', { ...fields, stack });
}

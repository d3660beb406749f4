import { posix } from 'node:path';
import type { ServiceLog } from '../../log/service-log.js';
import { answerFailure, type BugCounter } from '../answers/answer-failure.js';
import { sendRedirect } from '../answers/http-reply.js';
import type { Route, WebHandler } from '../exchange.js';
import { dispatch } from './dispatch.js';
import { requestHandler } from './request-handler.js';
import { urlOf } from './request-path.js';
import { type RouteHandler, Router, type RouteRow } from './router.js';

/** The mount point of a service's routes. */
export interface Mount {
  /** "/" or a path with a slash at both ends. */
  readonly prefix: string;
  /** The redirect target of "/" if there is a prefix. */
  readonly externalUrl: string;
}

/** The routes of a service that answers any method. */
export interface MountedRoutesOptions {
  readonly mount: Mount;
  /** Key: the path below the prefix, such as `/metrics`. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Key: what all paths of a handler begin with, such as `/api/`. `rest` is what follows, decoded. */
  readonly folders?: ReadonlyMap<string, RouteHandler>;
  /** Answers every other path below the prefix. `rest` is the path without its first slash. */
  readonly pages: RouteHandler;
  readonly log: ServiceLog;
  readonly metrics: BugCounter;
  /** Status of the redirect from a path that is not clean; 307 if absent. */
  readonly uncleanStatus?: 301 | 307;
}

/** The handler of a service that is mounted below a prefix, by the rules of Go's ServeMux and of upstream. */
export function mountedRoutes(options: MountedRoutesOptions): WebHandler {
  const router = new Router(rowsOf(options));
  return requestHandler({
    uncleanStatus: options.uncleanStatus ?? 307,
    answer: (exchange, path) => {
      // No route reads bodies. A body that is left unread would keep the request from ending.
      if (exchange.request.method !== 'GET') exchange.request.resume();
      return dispatch(router, exchange, { path });
    },
    onFailure: (error, exchange) => {
      answerFailure(error, exchange, options);
    },
  });
}

function rowsOf({ mount: { prefix, externalUrl }, routes, folders, pages }: MountedRoutesOptions): readonly RouteRow[] {
  const row = (path: string, handler: RouteHandler): RouteRow => ({ path, methods: 'any', handler });
  const below = (path: string, handler: RouteHandler): RouteRow => ({ ...row(path, handler), isPrefix: true });
  const own = [
    ...[...routes].map(([path, route]) => row(posix.join(prefix, path), route)),
    ...[...(folders ?? [])].map(([path, handler]) => below(posix.join(prefix, path), handler)),
    row(prefix, pages),
    below(prefix, pages),
  ];
  if (prefix === '/') return own;
  const toPrefix: Route = (exchange) => {
    sendRedirect(exchange, 301, urlOf(prefix, exchange.query));
  };
  const toExternalUrl: Route = (exchange) => {
    sendRedirect(exchange, 302, externalUrl);
  };
  return [...own, row(prefix.slice(0, -1), toPrefix), row('/', toExternalUrl)];
}

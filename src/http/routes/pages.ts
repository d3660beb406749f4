import type { ErrorRequestHandler, RequestHandler } from 'express';
import { loopTurns } from '../../values/loop-turns.js';
import { errorReply, sendReply } from '../answers/http-reply.js';
import type { Exchange, Route, WebRequest, WebResponse } from '../exchange.js';
import { loadInTurns } from './load-in-turns.js';
import { urlOf } from './request-path.js';
import type { RouteHandler } from './router.js';

/** The pages of a service. */
export interface PagesOptions {
  /** Key: the path below the service's prefix, such as `/config`. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Answers a request whose route threw. */
  readonly onFailure: (error: unknown, exchange: Pick<Exchange, 'request' | 'response'>) => void;
}

/**
 * The pages for people and occasional tools, served by express; any method will do, as in upstream. Paths without a
 * page are answered with 404. Express takes some 20 MiB, so it is loaded with the first page, in turns with running
 * probes. A prober that is only scraped never loads it. Unknown paths, which may be 128 KiB long, do not load it
 * either.
 */
export function pages(options: PagesOptions): RouteHandler {
  let router: Promise<AnyRouter> | undefined;
  return async ({ request, response, query }, rest) => {
    const path = `/${rest}`;
    if (!options.routes.has(path)) {
      sendReply(response, errorReply(404, '404 page not found'));
      return;
    }
    // If the pages cannot be loaded now, say for want of descriptors, the next request tries again.
    router ??= build(options).catch((error: unknown) => {
      router = undefined;
      throw error;
    });
    const serve = await router;
    // All who came while the router was loaded go on at once.
    if (loopTurns.isOver()) await loopTurns.soon();
    // Express sees the path below the prefix.
    request.url = urlOf(path, query);
    serve(request, response, afterLast);
  };
}

/**
 * Express's router reads method and URL, which requests of either protocol have; its application would make HTTP/1.1's
 * of them.
 */
type AnyRouter = (request: WebRequest, response: WebResponse, next: (error?: unknown) => void) => void;

/** The last handlers always answer. */
function afterLast(error: unknown): void {
  if (error instanceof Error) throw error;
}

/** The files of express, each after those that it needs. */
const EXPRESS_FILES = ['utils', 'view', 'request', 'response', 'application'].map((name) => `lib/${name}`);

async function build({ routes, onFailure }: PagesOptions): Promise<AnyRouter> {
  await loadInTurns('express', { from: import.meta.url, parts: EXPRESS_FILES });
  const { default: express } = await import('express');
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const [path, route] of routes) router.all(path, handlerOf(route));
  // Express tells error handlers by their four parameters.
  const failure: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    onFailure(error, { request, response });
  };
  router.use(failure);
  // The router's types are for HTTP/1.1 only.
  return router as unknown as AnyRouter;
}

function handlerOf(route: Route): RequestHandler {
  return async (request, response) => {
    const at = request.url.indexOf('?');
    await route({ request, response, query: at < 0 ? '' : request.url.slice(at + 1) });
  };
}

import type { ErrorRequestHandler, RequestHandler } from 'express';
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
 * The routes that people and tools ask for now and then, by express; any method will do, as upstream has it. Paths that
 * have no page are answered with 404. Express takes some 20 MiB, so it is loaded with the first page, in turns with the
 * probes that run meanwhile: a prober that is only scraped never loads it, and neither does whoever guesses paths,
 * which may be 128 KiB long.
 */
export function pages(options: PagesOptions): RouteHandler {
  let router: Promise<AnyRouter> | undefined;
  return async ({ request, response, query }, rest) => {
    const path = `/${rest}`;
    if (!options.routes.has(path)) {
      sendReply(response, errorReply(404, '404 page not found'));
      return;
    }
    router ??= build(options);
    // Express sees the path below the prefix.
    request.url = urlOf(path, query);
    (await router)(request, response, afterLast);
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

async function build({ routes, onFailure }: PagesOptions): Promise<AnyRouter> {
  await loadInTurns('express', import.meta.url);
  const { default: express } = await import('express');
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const [path, route] of routes) router.all(path, handlerOf(route));
  // Express tells error handlers by their four parameters.
  const failure: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    onFailure(error, { request, response });
  };
  router.use(failure);
  // Its types are HTTP/1.1's only.
  return router as unknown as AnyRouter;
}

function handlerOf(route: Route): RequestHandler {
  return async (request, response) => {
    const at = request.url.indexOf('?');
    await route({ request, response, query: at < 0 ? '' : request.url.slice(at + 1) });
  };
}

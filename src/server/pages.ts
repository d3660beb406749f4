import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import type { Route } from './exchange.js';
import { errorReply, sendReply } from './http-reply.js';

export interface PagesOptions {
  readonly routes: ReadonlyMap<string, Route>;
  /** Answers a request whose route threw. */
  readonly onFailure: (error: unknown, exchange: { request: Request; response: Response }) => void;
}

/**
 * The routes that people and tools ask for now and then, by express. Any method will do, as upstream has it.
 * Express takes some 20 MiB, so it is loaded with the first page: a prober that is only scraped never has it.
 */
export function pages(options: PagesOptions): Route {
  let app: Promise<Express> | undefined;
  return async ({ request, response }) => {
    app ??= build(options);
    (await app)(request, response);
  };
}

async function build({ routes, onFailure }: PagesOptions): Promise<Express> {
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  for (const [path, route] of routes) app.all(path, handlerOf(route));
  app.use((_request, response) => {
    sendReply(response, errorReply(404, '404 page not found'));
  });
  // Express tells error handlers by their four parameters.
  const failure: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    onFailure(error, { request, response });
  };
  app.use(failure);
  return app;
}

function handlerOf(route: Route): RequestHandler {
  return async (request, response) => {
    const at = request.url.indexOf('?');
    await route({ request, response, query: at < 0 ? '' : request.url.slice(at + 1) });
  };
}

import { posix } from 'node:path';
import { PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { Router, type RouteRow } from '../../http/routes/router.js';
import { groupingPath } from '../../push/grouping-key.js';
import type { PushExchange } from './push-handler.js';
import type { PushMetrics } from './push-metrics.js';
import { deleteRoute, pushRoute, type PushRouteOptions } from './push-route.js';

/** The handlers of the routes outside of the API. */
export interface PushRoutesOptions {
  /** "" or a path that begins with a slash and does not end with one. */
  readonly prefix: string;
  readonly telemetryPath: string;
  readonly push: PushRouteOptions;
  readonly scrape: Route;
  /** Pages for people, by their path below the prefix. */
  readonly pages: ReadonlyMap<string, Route>;
  /** Why pushes cannot be kept; undefined while they can. */
  readonly keepingProblem: () => string | undefined;
  /** Ends the service; absent where `--web.enable-lifecycle` is off. */
  readonly quit?: () => void;
  readonly metrics: PushMetrics;
}

/** The routes outside of the API. */
export function pushRoutes(options: PushRoutesOptions): Router<PushExchange> {
  const { prefix, telemetryPath, push, scrape, keepingProblem, metrics } = options;
  const healthy = okRoute('healthy', () => undefined, metrics);
  const ready = okRoute('ready', keepingProblem, metrics);
  const pages = [...options.pages].map(([path, route]) => {
    return { path: prefix + path, methods: ['GET'], handler: countedRoute('status', route, metrics) };
  });
  return new Router<PushExchange>([
    ...groupRoutes(`${prefix}/metrics/job/`, false, push),
    ...groupRoutes(`${prefix}/metrics/job@base64/`, true, push),
    { path: posix.join('/', prefix, telemetryPath), methods: ['GET'], handler: scrape },
    { path: `${prefix}/-/healthy`, methods: ['GET'], handler: healthy },
    { path: `${prefix}/-/ready`, methods: ['GET'], handler: ready },
    ...pages,
    { path: `${prefix}/-/quit`, methods: ['PUT', 'POST'], handler: quitRoute(options.quit) },
    // Upstream has this one without the prefix.
    { path: '/-/quit', methods: ['GET'], handler: plainRoute(405, 'Only POST or PUT requests allowed.') },
  ]);
}

function groupRoutes(path: string, jobIsBase64: boolean, push: PushRouteOptions): RouteRow<PushExchange>[] {
  const handlers = { PUT: pushRoute('PUT', push), POST: pushRoute('POST', push), DELETE: deleteRoute(push) };
  return Object.entries(handlers).map(([method, route]) => ({
    path,
    isPrefix: true,
    methods: [method],
    handler: (exchange, rest) => route(exchange, groupingPath(rest, jobIsBase64)),
  }));
}

/** Counts the answers of a route that always succeeds. */
export function countedRoute(handler: string, route: Route, metrics: PushMetrics): Route {
  return async (exchange) => {
    await route(exchange);
    metrics.answered(handler, exchange.request.method ?? '', 200);
  };
}

/** 503 with the problem, where there is one. */
function okRoute(handler: string, problem: () => string | undefined, metrics: PushMetrics): Route {
  return ({ request, response }) => {
    const found = problem();
    const status = found === undefined ? 200 : 503;
    sendReply(response, { status, contentType: PLAIN_TEXT_UTF8, body: found ?? 'OK' });
    metrics.answered(handler, request.method ?? '', status);
  };
}

function quitRoute(quit: (() => void) | undefined): Route {
  if (quit === undefined) return plainRoute(403, 'Lifecycle API is not enabled.');
  return ({ response }) => {
    sendReply(response, { status: 200, contentType: PLAIN_TEXT_UTF8, body: 'Requesting termination... Goodbye!' });
    quit();
  };
}

function plainRoute(status: number, body: string): Route {
  return ({ response }) => {
    sendReply(response, { status, contentType: PLAIN_TEXT_UTF8, body });
  };
}

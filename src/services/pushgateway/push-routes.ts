import { posix } from 'node:path';
import { PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { type MethodRoute, MethodRouter } from '../../http/routes/method-router.js';
import { groupingPath, type PushTarget } from './push-handler.js';
import type { PushMetrics } from './push-metrics.js';
import { deleteRoute, pushRoute, type PushRouteOptions } from './push-route.js';

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

/** What is asked outside of the API. */
export function pushRoutes(options: PushRoutesOptions): MethodRouter<PushTarget> {
  const { prefix, telemetryPath, push, scrape, keepingProblem, metrics } = options;
  const healthy = okRoute('healthy', () => undefined, metrics);
  const ready = okRoute('ready', keepingProblem, metrics);
  const pages = [...options.pages].map(([path, route]) => {
    return { path: prefix + path, methods: ['GET'], target: countedRoute('status', route, metrics) };
  });
  return new MethodRouter<PushTarget>([
    ...groupRoutes(`${prefix}/metrics/job/`, false, push),
    ...groupRoutes(`${prefix}/metrics/job@base64/`, true, push),
    { path: posix.join('/', prefix, telemetryPath), methods: ['GET'], target: scrape },
    { path: `${prefix}/-/healthy`, methods: ['GET'], target: healthy },
    { path: `${prefix}/-/ready`, methods: ['GET'], target: ready },
    ...pages,
    { path: `${prefix}/-/quit`, methods: ['PUT', 'POST'], target: quitRoute(options.quit) },
    // Upstream has this one without the prefix.
    { path: '/-/quit', methods: ['GET'], target: plainRoute(405, 'Only POST or PUT requests allowed.') },
  ]);
}

function groupRoutes(path: string, jobIsBase64: boolean, push: PushRouteOptions): MethodRoute<PushTarget>[] {
  const targets = { PUT: pushRoute('PUT', push), POST: pushRoute('POST', push), DELETE: deleteRoute(push) };
  return Object.entries(targets).map(([method, route]) => ({
    path,
    isPrefix: true,
    methods: [method],
    target: (exchange) => route({ ...exchange, path: groupingPath(exchange.rest, jobIsBase64) }),
  }));
}

/** Counts the answers of a route that always succeeds. */
export function countedRoute(handler: string, route: Route, metrics: PushMetrics): PushTarget {
  return async (exchange) => {
    await route(exchange);
    metrics.answered(handler, exchange.request.method ?? '', 200);
  };
}

/** 503 with the problem, where there is one. */
function okRoute(handler: string, problem: () => string | undefined, metrics: PushMetrics): PushTarget {
  return ({ request, response }) => {
    const found = problem();
    const status = found === undefined ? 200 : 503;
    sendReply(response, { status, contentType: PLAIN_TEXT_UTF8, body: found ?? 'OK' });
    metrics.answered(handler, request.method ?? '', status);
  };
}

function quitRoute(quit: (() => void) | undefined): PushTarget {
  if (quit === undefined) return plainRoute(403, 'Lifecycle API is not enabled.');
  return ({ response }) => {
    sendReply(response, { status: 200, contentType: PLAIN_TEXT_UTF8, body: 'Requesting termination... Goodbye!' });
    quit();
  };
}

function plainRoute(status: number, body: string): PushTarget {
  return ({ response }) => {
    sendReply(response, { status, contentType: PLAIN_TEXT_UTF8, body });
  };
}

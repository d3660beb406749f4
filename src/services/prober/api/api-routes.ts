import { type BugReport, logBug } from '../../../http/answers/answer-failure.js';
import { HttpError } from '../../../http/answers/http-reply.js';
import type { Exchange } from '../../../http/exchange.js';
import type { RouteHandler } from '../../../http/routes/router.js';
import { sendApiError } from './api-answer.js';
import { type ApiConfig, configStateRoute, moduleRoute, modulesRoute } from './config-json.js';
import { probeRouteById, probesRoute } from './probes-json.js';
import { type ApiHistory, targetsRoute } from './targets-json.js';

/** Where all paths of the API begin, below the prefix of the service. */
export const API_PATH = '/api/';

/** What the API answers with, and where its bugs are told. */
export interface ApiOptions extends ApiHistory, ApiConfig {
  readonly bugs: BugReport;
}

type NamedRoute = (exchange: Exchange, name: string) => void | Promise<void>;

const METHODS = ['GET', 'HEAD'];

/**
 * What the pages show, as JSON: `GET` and `HEAD` of the paths below /api/v1/. Every answer, errors too, is JSON with a
 * version; docs/api.md and schemas/api-v1.json describe them.
 */
export function apiRoutes(options: ApiOptions): RouteHandler {
  const whole: ReadonlyMap<string, NamedRoute> = new Map<string, NamedRoute>([
    ['v1/targets', targetsRoute(options)],
    ['v1/probes', probesRoute(options)],
    ['v1/modules', modulesRoute(options)],
    ['v1/config', configStateRoute(options)],
  ]);
  const named: ReadonlyMap<string, NamedRoute> = new Map<string, NamedRoute>([
    ['v1/probes/', probeRouteById(options)],
    ['v1/modules/', moduleRoute(options)],
  ]);
  return async (exchange, path) => {
    try {
      const route = whole.get(path) ?? findNamed(named, path);
      if (route === undefined) throw new HttpError(404, NOTHING_HERE);
      if (!METHODS.includes(exchange.request.method ?? ''))
        throw new HttpError(405, 'this can only be read: GET, HEAD');
      await route(exchange, path);
    } catch (error) {
      answerError(error, exchange, options.bugs);
    }
  };
}

const NOTHING_HERE =
  'there is nothing at this path, but at /api/v1/targets, /api/v1/probes, /api/v1/probes/ID, /api/v1/modules, /api/v1/modules/NAME and /api/v1/config';

function findNamed(named: ReadonlyMap<string, NamedRoute>, path: string): NamedRoute | undefined {
  for (const [start, route] of named) {
    if (path.length > start.length && path.startsWith(start)) {
      return (exchange) => route(exchange, path.slice(start.length));
    }
  }
  return undefined;
}

function answerError(error: unknown, exchange: Exchange, bugs: BugReport): void {
  if (error instanceof HttpError) {
    sendApiError(exchange, error, error.status === 405 ? METHODS.join(', ') : undefined);
    return;
  }
  logBug(error, bugs, { method: exchange.request.method ?? '', url: exchange.request.url ?? '' });
  sendApiError(exchange, new HttpError(500, 'Internal Server Error'));
}

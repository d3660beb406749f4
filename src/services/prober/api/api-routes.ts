import { type BugReport, logBug } from '../../../http/answers/answer-failure.js';
import { HttpError } from '../../../http/answers/http-reply.js';
import type { Exchange } from '../../../http/exchange.js';
import { type RouteHandler, Router, type RouteRow } from '../../../http/routes/router.js';
import { sendApiError } from './api-answer.js';
import { type ApiConfig, configStateRoute, moduleRoute, modulesRoute } from './config-json.js';
import { probeRouteById, probesRoute } from './probes-json.js';
import { type ApiHistory, targetsRoute } from './targets-json.js';

/** The start of all paths of the API, below the prefix of the service. */
export const API_PATH = '/api/';

/** The data that the API serves, and the report of its bugs. */
export interface ApiOptions extends ApiHistory, ApiConfig {
  readonly bugs: BugReport;
}

const METHODS = ['GET', 'HEAD'];

/**
 * The data of the pages as JSON: `GET` and `HEAD` of the paths below /api/v1/. Every answer, errors included, is JSON
 * with a version; docs/api.md and schemas/api-v1.json describe them.
 */
export function apiRoutes(options: ApiOptions): RouteHandler {
  const router = new Router([
    read('v1/targets', targetsRoute(options)),
    read('v1/probes', probesRoute(options)),
    read('v1/modules', modulesRoute(options)),
    read('v1/config', configStateRoute(options)),
    { ...read('v1/probes/', probeRouteById(options)), isPrefix: true },
    { ...read('v1/modules/', moduleRoute(options)), isPrefix: true },
  ]);
  return async (exchange, path) => {
    try {
      const found = router.find('GET', path);
      if (found.kind !== 'found') throw new HttpError(404, NOTHING_HERE);
      if (!METHODS.includes(exchange.request.method ?? ''))
        throw new HttpError(405, 'this can only be read: GET, HEAD');
      await found.handler(exchange, found.rest);
    } catch (error) {
      answerError(error, exchange, options.bugs);
    }
  };
}

const NOTHING_HERE =
  'there is nothing at this path, but at /api/v1/targets, /api/v1/probes, /api/v1/probes/ID, /api/v1/modules, /api/v1/modules/NAME and /api/v1/config';

/** A row for every method: the API has words of its own for those that are not allowed. */
function read(path: string, handler: RouteHandler): RouteRow {
  return { path, methods: 'any', handler };
}

function answerError(error: unknown, exchange: Exchange, bugs: BugReport): void {
  if (error instanceof HttpError) {
    sendApiError(exchange, error, error.status === 405 ? METHODS.join(', ') : undefined);
    return;
  }
  logBug(error, bugs, { method: exchange.request.method ?? '', url: exchange.request.url ?? '' });
  sendApiError(exchange, new HttpError(500, 'Internal Server Error'));
}

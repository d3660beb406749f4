import { HttpError, sendRedirect } from '../../http/answers/http-reply.js';
import { bodyCoding, gzipHeaderProblem } from '../../http/bodies/decode-body.js';
import type { Exchange, WebHandler, WebRequest } from '../../http/exchange.js';
import { dispatch } from '../../http/routes/dispatch.js';
import { requestHandler } from '../../http/routes/request-handler.js';
import { urlOf } from '../../http/routes/request-path.js';
import type { Router } from '../../http/routes/router.js';
import type { ServiceLog } from '../../log/service-log.js';
import { answerProblem } from './push-answer.js';
import type { PushBody } from './push-body.js';
import type { PushMetrics } from './push-metrics.js';

/** One request to the pushgateway, with its body. */
export interface PushExchange extends Exchange {
  readonly body: PushBody;
}

/** The dependencies of answering requests. */
export interface PushHandlerOptions {
  /** "" or a path that begins with a slash and does not end with one. */
  readonly prefix: string;
  /** All paths but those of the API. */
  readonly routes: Router<PushExchange>;
  /** Paths below `/api/v1`. */
  readonly api: Router<PushExchange>;
  readonly openBody: (request: WebRequest) => PushBody;
  readonly metrics: PushMetrics;
  readonly log: ServiceLog;
}

/**
 * Answers every request to the pushgateway; whatever goes wrong ends in an answer and a log line, never in the process.
 */
export function pushHandler(options: PushHandlerOptions): WebHandler {
  return requestHandler({
    uncleanStatus: 301,
    answer: async (exchange, path) => {
      const body = options.openBody(exchange.request);
      try {
        await route({ ...exchange, body }, path, options);
      } finally {
        body.close();
      }
    },
    onFailure: (error, exchange) => {
      answerProblem(error, exchange, options);
    },
  });
}

async function route(exchange: PushExchange, path: string, { prefix, api, routes }: PushHandlerOptions): Promise<void> {
  const { request, query } = exchange;
  const apiPath = `${prefix}/api/v1`;
  if (path === apiPath) sendRedirect(exchange, 301, urlOf(`${path}/`, query));
  else if (path.startsWith(`${apiPath}/`)) {
    await dispatch(api, exchange, { base: apiPath, path: path.slice(apiPath.length) });
  } else {
    await checkGzip(exchange);
    if (path === `${prefix}/metrics/job/` && isChange(request)) {
      // Upstream's router takes this for a slash too many, though there is nothing without it either.
      sendRedirect(exchange, 307, urlOf(path.slice(0, -1), query));
    } else await dispatch(routes, exchange, { path });
  }
}

/** Upstream unpacks before it looks where a request leads, so bad gzip is answered on every path but the API's. */
async function checkGzip({ request, body }: PushExchange): Promise<void> {
  if (bodyCoding(request.headers['content-encoding']) !== 'gzip') return;
  const problem = gzipHeaderProblem(await body.read());
  if (problem !== undefined) throw new HttpError(400, problem);
}

function isChange({ method }: WebRequest): boolean {
  return method === 'PUT' || method === 'POST' || method === 'DELETE';
}

import { errorReply, HttpError, PLAIN_TEXT_UTF8, redirectReply, sendReply } from '../../http/answers/http-reply.js';
import { bodyCoding, gzipHeaderProblem } from '../../http/bodies/decode-body.js';
import type { Exchange, WebHandler, WebRequest, WebResponse } from '../../http/exchange.js';
import type { MethodRouter } from '../../http/routes/method-router.js';
import { readRequestPath, urlOf } from '../../http/routes/request-path.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { GroupingPath } from '../../push/grouping-key.js';
import { answerProblem } from './push-answer.js';
import type { PushBody } from './push-body.js';
import type { PushMetrics } from './push-metrics.js';

/** One request to the pushgateway, with what its path says behind the route and with its body. */
export interface PushExchange extends Exchange {
  readonly rest: string;
  readonly body: PushBody;
}

export type PushTarget = (exchange: PushExchange) => void | Promise<void>;

export interface PushHandlerOptions {
  /** "" or a path that begins with a slash and does not end with one. */
  readonly prefix: string;
  readonly routes: MethodRouter<PushTarget>;
  /** Paths below `/api/v1`. */
  readonly api: MethodRouter<PushTarget>;
  readonly openBody: (request: WebRequest) => PushBody;
  readonly metrics: PushMetrics;
  readonly log: ServiceLog;
}

/** Answers every request to the pushgateway; whatever goes wrong ends in an answer and a log line, never in the process. */
export function pushHandler(options: PushHandlerOptions): WebHandler {
  return (request, response) => {
    void answer(request, response, options);
  };
}

async function answer(request: WebRequest, response: WebResponse, options: PushHandlerOptions): Promise<void> {
  const body = options.openBody(request);
  const exchange = { request, response, query: '', rest: '', body };
  try {
    await route(exchange, options);
  } catch (error) {
    answerProblem(error, exchange, options);
  } finally {
    body.close();
  }
}

async function route(exchange: PushExchange, options: PushHandlerOptions): Promise<void> {
  const { request } = exchange;
  const found = readRequestPath(request.url ?? '/');
  if (found.kind === 'malformed') {
    // Go answers this before any of upstream's code, without a line feed.
    sendReply(exchange.response, { status: 400, contentType: PLAIN_TEXT_UTF8, body: '400 Bad Request' });
    return;
  }
  const { path, query } = found;
  const apiPath = `${options.prefix}/api/v1`;
  if (found.kind === 'unclean') redirect(exchange, 301, urlOf(path, query));
  else if (path === apiPath) redirect(exchange, 301, urlOf(`${path}/`, query));
  else if (path.startsWith(`${apiPath}/`)) {
    const inApi = { ...exchange, query };
    await dispatch(inApi, { router: options.api, base: apiPath, path: path.slice(apiPath.length) });
  } else {
    await checkGzip(exchange);
    if (path === `${options.prefix}/metrics/job/` && isChange(request)) {
      // Upstream's router takes this for a slash too many, though there is nothing without it either.
      redirect(exchange, 307, urlOf(path.slice(0, -1), query));
    } else await dispatch({ ...exchange, query }, { router: options.routes, base: '', path });
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

async function dispatch(
  exchange: PushExchange,
  { router, base, path }: { readonly router: MethodRouter<PushTarget>; readonly base: string; readonly path: string },
): Promise<void> {
  const { request, response, query } = exchange;
  const method = request.method ?? '';
  const found = router.find(method, path);
  switch (found.kind) {
    case 'found':
      await found.target({ ...exchange, rest: found.rest });
      return;
    case 'redirect':
      redirect(exchange, method === 'GET' ? 301 : 307, urlOf(base + found.path, query));
      return;
    case 'allow': {
      const reply = method === 'OPTIONS' ? { status: 200, body: '' } : errorReply(405, 'Method Not Allowed');
      sendReply(response, { ...reply, headers: { ...reply.headers, Allow: found.allow } });
      return;
    }
    case 'nowhere':
      throw new HttpError(404, '404 page not found');
  }
}

/** Only GET gets a page to read. */
function redirect({ request, response }: Exchange, status: 301 | 307, location: string): void {
  if (request.method === 'GET') sendReply(response, redirectReply(status, location));
  else sendReply(response, { status, body: '', headers: { Location: location } });
}

/** The job and what follows it, of a path behind `/metrics/job/`. */
export function groupingPath(rest: string, jobIsBase64: boolean): GroupingPath {
  const slash = rest.indexOf('/');
  if (slash < 0) return { job: rest, jobIsBase64, rest: '' };
  return { job: rest.slice(0, slash), jobIsBase64, rest: rest.slice(slash) };
}

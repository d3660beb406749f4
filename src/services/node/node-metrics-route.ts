import { clientLeaves } from '../../http/answers/client-leaves.js';
import { errorReply, PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import { type Sending, writeFamilies } from '../../http/answers/send-metrics.js';
import type { Exchange, Route } from '../../http/exchange.js';
import { queryValues } from '../../http/routes/query-parameters.js';
import type { ServiceLog } from '../../log/service-log.js';
import { gatherAll } from '../../metrics/gather-all.js';
import type { Gatherer, MetricFamily } from '../../metrics/metric-family.js';
import { mergeSteps } from '../../node/merge-collected.js';
import { CollectedMetrics } from '../../node/metric-sink.js';
import type { NodeScraper } from '../../node/node-scraper.js';
import { inSlices } from '../../values/in-slices.js';
import type { ScrapeCode } from '../own-metrics.js';
import type { ScrapeMetrics } from '../scrape-metrics.js';
import { chooseCollectors, type KnownCollectors } from './node-scrape-filter.js';

/** The dependencies of scrapes of node metrics. */
export interface NodeMetricsOptions {
  readonly scraper: NodeScraper;
  readonly collectors: KnownCollectors;
  /** The service's own metrics. */
  readonly gatherers: readonly Gatherer[];
  readonly metrics: ScrapeMetrics;
  /** More scrapes at once are refused; 0 is no limit. */
  readonly maxRequests: number;
  readonly log: ServiceLog;
}

/** The timeout of a scrape without a timeout header, in seconds: Prometheus' default. */
const DEFAULT_TIMEOUT_SECONDS = 10;
/** Seconds reserved for the response. */
const TIMEOUT_OFFSET_SECONDS = 0.5;

/** `GET /metrics` of node metrics, with `collect[]`, `exclude[]` and `name[]`. */
export function nodeMetricsRoute(options: NodeMetricsOptions): Route {
  const { metrics, maxRequests, collectors } = options;
  return async (exchange) => {
    const { response, query } = exchange;
    const choice = chooseCollectors(query, collectors);
    if ('refusal' in choice) {
      sendReply(response, { status: 400, contentType: PLAIN_TEXT_UTF8, body: choice.refusal });
      return;
    }
    const isTooMany = maxRequests > 0 && metrics.scrapes.inFlight >= maxRequests;
    metrics.scrapes.began();
    let code: ScrapeCode = '500';
    let send: Sending = () => undefined;
    try {
      if (isTooMany) {
        code = '503';
        const text = `Limit of concurrent requests reached (${maxRequests}), try again later.`;
        sendReply(response, errorReply(503, text));
      } else {
        send = await writtenScrape(exchange, choice.names, options);
        code = '200';
      }
    } finally {
      // Clients that leave their answers unread keep nobody from a scrape.
      metrics.scrapes.ended(code);
    }
    await send();
  };
}

async function writtenScrape(
  exchange: Exchange,
  names: readonly string[],
  options: NodeMetricsOptions,
): Promise<Sending> {
  const { request, query } = exchange;
  const families = await gather(names, {
    ...options,
    deadlineSeconds: deadlineOf(request.headers['x-prometheus-scrape-timeout-seconds']),
    signal: clientLeaves(exchange),
  });
  const wanted = new Set(queryValues(query, 'name[]'));
  const chosen = wanted.size === 0 ? families : families.filter(({ name }) => wanted.has(name));
  return writeFamilies(exchange, chosen);
}

/** Prometheus says how long it waits; collectors that hang must be given up before. */
function deadlineOf(header: string | string[] | undefined): number {
  const seconds = Number(header ?? DEFAULT_TIMEOUT_SECONDS);
  const waits = seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS;
  return Math.max(waits - TIMEOUT_OFFSET_SECONDS, waits / 2);
}

interface GatherOptions extends NodeMetricsOptions {
  readonly deadlineSeconds: number;
  readonly signal: AbortSignal;
}

/** The host's metrics and the service's own. Invalid metrics of a collector are left out, counted and logged. */
async function gather(
  names: readonly string[],
  { scraper, gatherers, metrics, log, deadlineSeconds, signal }: GatherOptions,
): Promise<readonly MetricFamily[]> {
  const collected = await scraper.scrape({ names, deadlineSeconds, signal });
  const own = new CollectedMetrics();
  for (const family of await gatherAll(gatherers)) own.add(family);
  const { families, problems } = await inSlices(mergeSteps([own, ...collected]));
  if (problems.length > 0) {
    metrics.gatheringFailed();
    log.error('error gathering metrics', { count: problems.length, err: problems.slice(0, 10).join('; ') });
  }
  return families;
}

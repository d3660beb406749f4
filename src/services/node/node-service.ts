import { answerFailure, logBug } from '../../http/answers/answer-failure.js';
import { HttpServer } from '../../http/listeners/http-server.js';
import { readExternalUrl, readRoutePrefix } from '../../http/routes/external-url.js';
import { mountedRoutes } from '../../http/routes/mounted-routes.js';
import { pages } from '../../http/routes/pages.js';
import type { ServiceLog } from '../../log/service-log.js';
import { buildInfoMetrics } from '../../metrics/build-info.js';
import type { Gatherer } from '../../metrics/metric-family.js';
import { watchNodejs } from '../../metrics/nodejs-metrics.js';
import { processMetrics } from '../../metrics/process-metrics.js';
import { ALL_COLLECTORS } from '../../node/all-collectors.js';
import { buildCollectors } from '../../node/build-collectors.js';
import { loadKernelCalls } from '../../node/kernel/kernel-calls.js';
import { NodeScraper } from '../../node/node-scraper.js';
import { UNBUILT_COLLECTORS } from '../../node/unbuilt-collectors.js';
import { Companions } from '../companions.js';
import { type Listening, listenOnAll, sayListening } from '../listen.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import type { RunningService } from '../running-service.js';
import { ScrapeMetrics } from '../scrape-metrics.js';
import { stopServer } from '../stop-server.js';
import { nodeIndexRoute } from './node-index-page.js';
import { nodeMetricsRoute } from './node-metrics-route.js';
import type { NodeOptions } from './node-options.js';

/** Running node metrics. */
export interface NodeService extends RunningService {
  readonly log: ServiceLog;
}

/**
 * Makes the collectors and listens. Throws an Error in upstream's words for flags that exclude each other, and for an
 * address that is not available.
 */
export async function startNode(options: NodeOptions, platform: Platform): Promise<NodeService> {
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  warnOfMissing(options, log);
  const scraper = buildScraper(options, platform, log);
  const nodejs = watchNodejs(platform.build.nodeVersion);
  const metrics = new ScrapeMetrics();
  const bugs = { log, metrics };
  const beside = new Companions();
  const mount = mountOf(options, platform);
  const route = nodeMetricsRoute({
    scraper,
    collectors: { enabled: scraper.names, known: knownCollectors() },
    gatherers: gatherersOf(options, platform, [nodejs.gather, metrics.gather]),
    metrics,
    maxRequests: options.maxRequests,
    log,
  });
  const server = new HttpServer(
    mountedRoutes({ mount, routes: new Map([[options.telemetryPath, route]]), pages: otherPages(), ...bugs }),
    options.web,
  );
  const stop = async (graceSeconds: number): Promise<void> => {
    nodejs.close();
    await stopServer(server, platform.clock, graceSeconds);
    await scraper.close();
  };
  const listening = await listenOnAll(server, { web: options.web, platform, log, stop });
  const { addresses } = listening;
  sayReady(log, listening, scraper);
  return {
    addresses,
    log,
    ...beside.facts('Node metrics', addresses, mount.prefix),
    reportBug: (error) => {
      logBug(error, bugs);
    },
    stop,
  };

  function otherPages() {
    const metricsPath = options.telemetryPath.replace(/^\//, '');
    const { version } = platform.build;
    const index = nodeIndexRoute({ version, metricsPath, collectors: scraper.names, beside });
    return pages({
      routes: new Map([['/', index]]),
      onFailure: (error, exchange) => {
        answerFailure(error, exchange, bugs);
      },
    });
  }
}

function sayReady(log: ServiceLog, listening: Listening, { names }: NodeScraper): void {
  sayListening(log, listening);
  log.info('Node metrics are ready', { addresses: listening.addresses.join(' '), collectors: names.join(' ') });
}

function mountOf({ web }: NodeOptions, { hostname }: Platform) {
  const external = readExternalUrl(web.externalUrl, web.listenAddresses[0] ?? '', hostname);
  return { prefix: readRoutePrefix(web.routePrefix, external.path), externalUrl: external.text };
}

/** A host with fewer metrics is better than one without any. */
function warnOfMissing({ missing }: NodeOptions, log: ServiceLog): void {
  for (const { name, reason } of missing) {
    log.warn('Collector is not in this build, its metrics are missing', { collector: name, reason });
  }
}

function buildScraper(
  { enabled, collectorFlags, paths }: NodeOptions,
  platform: Platform,
  log: ServiceLog,
): NodeScraper {
  const { clock, env } = platform;
  const choice = { specs: ALL_COLLECTORS, enabled, given: collectorFlags };
  try {
    return new NodeScraper({
      collectors: buildCollectors(choice, { clock, env, log, kernel: loadKernelCalls }),
      paths,
      clock,
      log,
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`Couldn't create metrics handler: ${error.message}`, { cause: error });
  }
}

/** All collectors that upstream knows. A request for one that does not run gets the answer that it is off. */
function knownCollectors(): ReadonlySet<string> {
  return new Set([...ALL_COLLECTORS, ...UNBUILT_COLLECTORS].map(({ name }) => name));
}

/** The metric of the build is always present, as in upstream. */
function gatherersOf(
  { withOwnMetrics }: NodeOptions,
  { build }: Platform,
  own: readonly Gatherer[],
): readonly Gatherer[] {
  const buildInfo = buildInfoMetrics(build, 'node_exporter');
  return withOwnMetrics ? [buildInfo, processMetrics('/proc'), ...own] : [buildInfo];
}

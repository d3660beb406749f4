import { buildInfoMetrics } from '../metrics/build-info.js';
import type { Gatherer } from '../metrics/metric-family.js';
import { watchNodejs } from '../metrics/nodejs-metrics.js';
import { processMetrics } from '../metrics/process-metrics.js';
import { ALL_COLLECTORS } from '../node/all-collectors.js';
import { buildCollectors } from '../node/build-collectors.js';
import { NodeScraper } from '../node/node-scraper.js';
import { UNBUILT_COLLECTORS } from '../node/unbuilt-collectors.js';
import { readExternalUrl, readRoutePrefix } from '../server/external-url.js';
import { HttpServer } from '../server/http-server.js';
import { nodeIndexRoute } from '../server/node-index-page.js';
import { nodeMetricsRoute } from '../server/node-metrics-route.js';
import type { NodeOptions } from '../server/node-options.js';
import { NodeScrapeMetrics } from '../server/node-scrape-metrics.js';
import { pages } from '../server/pages.js';
import { ProbesInFlight } from '../server/probes-in-flight.js';
import { answerFailure, logBug, requestHandler } from '../server/request-handler.js';
import type { ServiceLog } from '../server/service-log.js';
import { stopServer } from '../server/stop-server.js';
import { listenOnAll, sayListening } from './listen.js';
import type { RunningService } from './running-service.js';
import { serviceLog } from './service-log.js';
import type { World } from './world.js';

/** Running node metrics. */
export interface NodeService extends RunningService {
  readonly log: ServiceLog;
}

/** Makes the collectors and listens. Throws an Error in upstream's words for flags that exclude each other and for an address that cannot be had. */
export async function startNodeService(options: NodeOptions, world: World): Promise<NodeService> {
  const { clock } = world;
  const log = serviceLog(options.logLevel, options.logFormat, world);
  warnOfMissing(options, log);
  const scraper = buildScraper(options, world, log);
  const nodejs = watchNodejs(world.build.nodeVersion);
  const metrics = new NodeScrapeMetrics();
  const bugs = { log, metrics: { internalError: () => undefined } };
  const external = readExternalUrl(options.web.externalUrl, options.web.listenAddresses[0] ?? '', world.hostname);
  const mount = { prefix: readRoutePrefix(options.web.routePrefix, external.path), externalUrl: external.text };
  const route = nodeMetricsRoute({
    scraper,
    collectors: { enabled: scraper.names, known: knownCollectors() },
    gatherers: gatherersOf(options, world, [nodejs.gather, metrics.gather]),
    metrics,
    maxRequests: options.maxRequests,
    log,
  });
  const server = new HttpServer(
    requestHandler({ mount, quickRoutes: new Map([[options.telemetryPath, route]]), pages: otherPages(), ...bugs }),
    options.web,
  );
  const stop = async (graceSeconds: number): Promise<void> => {
    nodejs.close();
    await stopServer(server, { inFlight: new ProbesInFlight(), clock, graceSeconds });
    await scraper.close();
  };
  const listening = await listenOnAll(server, { web: options.web, world, log, stop });
  const { addresses } = listening;
  sayListening(log, listening);
  log.info('Node metrics are ready', { addresses: addresses.join(' '), collectors: scraper.names.join(' ') });
  return {
    addresses,
    log,
    reportBug: (error) => {
      logBug(error, bugs);
    },
    stop,
  };

  function otherPages() {
    const metricsPath = options.telemetryPath.replace(/^\//, '');
    return pages({
      routes: new Map([['/', nodeIndexRoute({ version: world.build.version, metricsPath })]]),
      onFailure: (error, exchange) => {
        answerFailure(error, exchange, bugs);
      },
    });
  }
}

/** A host with fewer metrics is better than one without any. */
function warnOfMissing({ missing }: NodeOptions, log: ServiceLog): void {
  for (const { name, reason } of missing) {
    log.warn('Collector is not in this build, its metrics are missing', { collector: name, reason });
  }
}

function buildScraper({ enabled, collectorFlags, paths }: NodeOptions, world: World, log: ServiceLog): NodeScraper {
  const { clock, env } = world;
  const choice = { specs: ALL_COLLECTORS, enabled, given: collectorFlags };
  try {
    return new NodeScraper({ collectors: buildCollectors(choice, { clock, env, log }), paths, clock, log });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`Couldn't create metrics handler: ${error.message}`, { cause: error });
  }
}

/** What upstream has counts as known here as well: who asks for it is told that it is off. */
function knownCollectors(): ReadonlySet<string> {
  return new Set([...ALL_COLLECTORS, ...UNBUILT_COLLECTORS].map(({ name }) => name));
}

/** The metric of the build is there whatever the options say, as upstream has it. */
function gatherersOf({ withOwnMetrics }: NodeOptions, { build }: World, own: readonly Gatherer[]): readonly Gatherer[] {
  const buildInfo = buildInfoMetrics(build, 'node_exporter');
  return withOwnMetrics ? [buildInfo, processMetrics('/proc'), ...own] : [buildInfo];
}

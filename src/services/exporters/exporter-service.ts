import { answerFailure, logBug } from '../../http/answers/answer-failure.js';
import { errorReply, PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { HttpServer } from '../../http/listeners/http-server.js';
import { readExternalUrl, readRoutePrefix } from '../../http/routes/external-url.js';
import { mountedRoutes } from '../../http/routes/mounted-routes.js';
import { pages } from '../../http/routes/pages.js';
import type { RouteHandler } from '../../http/routes/router.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { Filler } from '../../metrics/gather-all.js';
import { watchNodejs } from '../../metrics/nodejs-metrics.js';
import { processFiller } from '../../metrics/process-metrics.js';
import { messageOf } from '../../values/as-error.js';
import { compileText } from '../build-probers.js';
import { Companions } from '../companions.js';
import { listenOnAll, sayListening } from '../listen.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import { healthyRoute, reloadRoute } from '../prober/admin-routes.js';
import { Admission } from '../prober/limits/admission.js';
import { ProbesInFlight } from '../prober/probes-in-flight.js';
import type { RunningService } from '../running-service.js';
import { ScrapeMetrics } from '../scrape-metrics.js';
import { sharedRuns } from '../shared-runs.js';
import { stopServer } from '../stop-server.js';
import { exporterIndexRoute } from './exporter-index-page.js';
import type { ExporterOptions } from './exporter-options.js';
import { byTargetRoute, type ExporterRouteOptions, nodesRoute, telemetryRoute } from './exporter-routes.js';
import { PlanStore } from './plan-store.js';
import { scrapesAtOnce } from './scrapes-at-once.js';

/** A running exporter. */
export interface ExporterService extends RunningService {
  readonly log: ServiceLog;
}

/** How long cancelled scrapes get to send their answers. */
const CANCELLED_GRACE_SECONDS = 1;

/**
 * Reads the files that the flags name, makes the prober ready and listens. Throws an Error for a file that cannot be
 * used, and for an address that is not available.
 */
export async function startExporter(options: ExporterOptions, platform: Platform): Promise<ExporterService> {
  const { exporter, web, warnings, isReloadable } = options;
  const { clock } = platform;
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  for (const { flag, reason } of warnings) log.warn('Flag without effect', { flag, reason });
  const compiler = compileText(platform);
  const store = await PlanStore.open({ options, compiler, env: platform.env, clock });
  sayDoubts(store, log);
  await compiler.warmUp(new Set([exporter.name]));
  const parts = buildParts(options, platform, { store, log });
  const { nodejs, inFlight, metrics, beside, mount } = parts;
  const server = new HttpServer(mountedRoutes({ mount, ...routesOf(parts), log, metrics, uncleanStatus: 301 }), web);
  const stop = async (graceSeconds: number): Promise<void> => {
    nodejs.close();
    store.close();
    const cancelTimer = clock.after(graceSeconds, () => {
      inFlight.cancelAll();
    });
    await stopServer(server, clock, graceSeconds + CANCELLED_GRACE_SECONDS);
    cancelTimer();
  };
  const listening = await listenOnAll(server, { web, platform, log, stop });
  const { addresses } = listening;
  sayListening(log, listening);
  log.info(`${exporter.what} are ready`, { addresses: addresses.join(' '), telemetry_path: options.telemetryPath });
  return {
    ...{ addresses, log, stop },
    ...beside.facts(exporter.what, addresses, mount.prefix),
    reportBug: (error) => {
      logBug(error, { log, metrics });
    },
    ...(isReloadable && { reload: parts.reload }),
  };
}

function sayDoubts(store: PlanStore, log: ServiceLog): void {
  for (const { message, err } of store.current().doubts ?? []) log.warn(message, { err });
}

type Parts = ReturnType<typeof buildParts>;

function buildParts(
  options: ExporterOptions,
  platform: Platform,
  { store, log }: { readonly store: PlanStore; readonly log: ServiceLog },
) {
  const external = readExternalUrl(options.web.externalUrl, options.web.listenAddresses[0] ?? '', platform.hostname);
  const mount = { prefix: readRoutePrefix(options.web.routePrefix, external.path), externalUrl: external.text };
  return {
    options,
    platform,
    log,
    store,
    mount,
    metrics: new ScrapeMetrics(),
    nodejs: watchNodejs(platform.build.nodeVersion),
    inFlight: new ProbesInFlight(),
    admission: new Admission({ total: 0, perClient: 0, perTarget: scrapesAtOnce() }, platform.clock),
    beside: new Companions(),
    reload: sharedRuns(() => reloadPlan(store, log)),
  };
}

async function reloadPlan(store: PlanStore, log: ServiceLog): Promise<string | undefined> {
  try {
    await store.reload();
    log.info('Read the passwords again');
    sayDoubts(store, log);
    return undefined;
  } catch (error) {
    const err = messageOf(error);
    log.error('Cannot use what has changed, going on with what was read before', { err });
    return err;
  }
}

function routesOf(parts: Parts): { readonly routes: ReadonlyMap<string, Route>; readonly pages: RouteHandler } {
  const { options, platform, log, store, inFlight, admission, metrics } = parts;
  const { exporter, leftOut, constant, renamed, telemetryPath, withOwnMetrics, isByTargetOff } = options;
  const { clock, build } = platform;
  const buildInfo = withOwnMetrics ? exporter.buildInfo(build) : undefined;
  const route: ExporterRouteOptions = {
    ...{ exporter, leftOut, constant, renamed, clock, log, inFlight, admission, metrics, buildInfo },
    plan: store.current,
    facts: exporter.facts(clock),
    gatherers: buildInfo === undefined ? [] : [buildInfo, store.configFamilies],
    fillers: buildInfo === undefined ? [] : fillersOf(parts),
  };
  const byTarget = isByTargetOff === true ? undefined : exporter.byTarget;
  const routes = new Map<string, Route>([
    ['/-/healthy', healthyRoute],
    ['/health', okRoute],
    ...(byTarget === undefined ? [] : [[byTarget.path, byTargetRoute(byTarget, route)] as const]),
    ...(exporter.nodes === undefined ? [] : [[exporter.nodes.path, nodesRoute(exporter.nodes, route)] as const]),
    [telemetryPath, telemetryRoute(route)],
  ]);
  return { routes, pages: pagesOf(parts) };
}

function pagesOf({ options, platform, beside, reload, log, metrics }: Parts): RouteHandler {
  const { exporter, telemetryPath, isReloadable } = options;
  const { takesGet, refusal } = exporter.reloads ?? {};
  const metricsPath = telemetryPath.replace(/^\//, '');
  const index = exporterIndexRoute({ exporter, version: platform.build.version, metricsPath, beside });
  const routes = new Map<string, Route>([['/', index]]);
  if (isReloadable) routes.set('/-/reload', reloadRoute(reload, takesGet));
  else if (refusal !== undefined) routes.set('/-/reload', refusingRoute(refusal));
  return pages({
    routes,
    onFailure: (error, exchange) => {
      answerFailure(error, exchange, { log, metrics });
    },
  });
}

/** Answers 400 with the text. */
function refusingRoute(text: string): Route {
  return ({ response }) => {
    sendReply(response, errorReply(400, text));
  };
}

/** `GET /health` of redis_exporter. */
const okRoute: Route = ({ response }) => {
  sendReply(response, { status: 200, contentType: PLAIN_TEXT_UTF8, body: 'ok' });
};

/** The metrics of the process itself. */
function fillersOf({ nodejs, metrics }: Parts): readonly Filler[] {
  return [metrics.fill, processFiller('/proc'), nodejs.fill];
}

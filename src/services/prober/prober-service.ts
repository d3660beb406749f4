import { AutoReload } from '../../config/auto-reload.js';
import { checkConfigFiles, type CheckedFile } from '../../config/check-config-files.js';
import { ConfigStore } from '../../config/config-store.js';
import { answerFailure, logBug } from '../../http/answers/answer-failure.js';
import type { Route, WebHandler } from '../../http/exchange.js';
import { HttpServer } from '../../http/listeners/http-server.js';
import { readExternalUrl, readRoutePrefix } from '../../http/routes/external-url.js';
import { type Mount, mountedRoutes } from '../../http/routes/mounted-routes.js';
import { pages } from '../../http/routes/pages.js';
import type { RouteHandler } from '../../http/routes/router.js';
import type { ServiceLog } from '../../log/service-log.js';
import { buildInfoMetrics } from '../../metrics/build-info.js';
import type { Gatherer } from '../../metrics/metric-family.js';
import { watchNodejs } from '../../metrics/nodejs-metrics.js';
import { processMetrics } from '../../metrics/process-metrics.js';
import { History } from '../../probe/history.js';
import { buildProbers, type Readiness } from '../build-probers.js';
import { listenOnAll, sayListening } from '../listen.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import type { RunningService } from '../running-service.js';
import { ServicesBeside } from '../services-beside.js';
import { stopServer } from '../stop-server.js';
import { healthyRoute, reloadRoute } from './admin-routes.js';
import { API_PATH, apiRoutes } from './api/api-routes.js';
import type { ConfigSource } from './config-source.js';
import { sdRoute } from './discovery/sd-route.js';
import { TargetStore } from './discovery/target-store.js';
import { Admission } from './limits/admission.js';
import { logsRoute } from './logs-route.js';
import { metricsRoute } from './metrics-route.js';
import { configRoute } from './pages/config-page.js';
import { modulePage } from './pages/module-page.js';
import { probePage } from './pages/probe-page.js';
import { reasonsRoute } from './pages/reasons-page.js';
import type { ReportPageOptions } from './pages/report-page.js';
import type { ServicePlace } from './pages/service-url.js';
import { targetsPage } from './pages/targets-page.js';
import { TARGETS_SCRIPT_ROUTE, targetsScriptRoute } from './pages/targets-script.js';
import { probeRoute } from './probe-route.js';
import { ProberMetrics } from './prober-metrics.js';
import type { ProberOptions } from './prober-options.js';
import { ProbesInFlight } from './probes-in-flight.js';
import { brokenFiles, logFindings, reloadConfig } from './reload-config.js';
import { sayOpenness } from './say-openness.js';
import { scrapeRoutes } from './scrape-routes.js';
import { sayIcmpSupport } from './why-no-icmp.js';

/**
 * Loads the configuration for the first time: files, folders and patterns. A broken file among sound ones is left out,
 * loudly: the others are watching over something. Throws an Error that says what is wrong if none can be used.
 */
export async function openConfig(paths: readonly string[], platform: Platform, log: ServiceLog): Promise<OpenedConfig> {
  const { probers, warmUp, loadRest } = buildProbers(platform);
  const store = await ConfigStore.open({ paths, probers, env: platform.env, clock: platform.clock });
  for (const { file, problem } of brokenFiles(store)) {
    log.error('Error loading config file, going on without its modules', { file, err: problem });
  }
  logFindings(store.current(), log);
  return { config: store, warmUp, loadRest };
}

/** A running prober. */
export interface ProberService extends RunningService {
  readonly log: ServiceLog;
  /** Resolves to what is wrong with the configuration, undefined if it is now in force. */
  readonly reload: () => Promise<string | undefined>;
}

/** The configuration, loaded for the first time, and how its probers are made ready. */
export interface OpenedConfig extends Readiness {
  readonly config: ConfigSource;
}

/** What is wrong with each file of a configuration. */
export function checkConfig(paths: readonly string[], platform: Platform): Promise<readonly CheckedFile[]> {
  return checkConfigFiles({ paths, probers: buildProbers(platform).probers, env: platform.env });
}

/** How long cancelled probes get to send their answers. */
const CANCELLED_PROBE_GRACE_SECONDS = 1;
/** How often targets files are looked at. */
const TARGET_LOOK_SECONDS = 5;

/**
 * Builds the service on a configuration and listens. Throws an Error in upstream's words for a bad URL or an address
 * that cannot be had.
 */
export async function startProber(
  config: ConfigSource,
  options: ProberOptions,
  platform: Platform,
): Promise<ProberService> {
  const { clock } = platform;
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  const external = readExternalUrl(options.web.externalUrl, options.web.listenAddresses[0] ?? '', platform.hostname);
  const prefix = readRoutePrefix(options.web.routePrefix, external.path);
  const place = { externalUrl: options.web.externalUrl, prefix, host: platform.hostname };
  const parts = buildParts(config, { options, platform, log, place });
  const { metrics, inFlight, reload, targets } = parts;
  await targets.look();
  const nodejs = watchNodejs(platform.build.nodeVersion);
  const gatherers = [metrics.gather, nodejs.gather, buildInfoMetrics(platform.build), processMetrics('/proc')];
  const server = new HttpServer(handlerOf(parts, gatherers, { prefix, externalUrl: external.text }), options.web);
  const onError = (error: unknown): void => {
    logBug(error, { log, metrics });
  };
  const autoReload = new AutoReload({ intervalSeconds: options.autoReloadSeconds, clock, reload, onError });
  const looks = new AutoReload({
    intervalSeconds: targets.isUsed ? TARGET_LOOK_SECONDS : 0,
    clock,
    reload: () => targets.look(),
    onError,
  });
  const stop = async (graceSeconds: number): Promise<void> => {
    autoReload.stop();
    looks.stop();
    nodejs.close();
    const cancelTimer = clock.after(graceSeconds, () => {
      inFlight.cancelAll();
    });
    await stopServer(server, clock, graceSeconds + CANCELLED_PROBE_GRACE_SECONDS);
    cancelTimer();
  };
  const listening = await listenOnAll(server, { web: options.web, platform, log, stop });
  const { addresses } = listening;
  autoReload.start();
  looks.start();
  sayIcmpSupport(log);
  sayListening(log, listening);
  sayOpenness(log, listening, config.current().isGuarded);
  log.info('Sonde is ready', { addresses: addresses.join(' '), route_prefix: prefix });
  return { addresses, ...parts.beside.facts('Probes', addresses, prefix), log, reload, reportBug: onError, stop };
}

/** The answers to all paths. */
function handlerOf(parts: Parts, gatherers: readonly Gatherer[], mount: Mount): WebHandler {
  const { log, metrics } = parts;
  const routes = quickRoutes(parts, gatherers);
  return mountedRoutes({ mount, routes, folders: foldersOf(parts), pages: pagesOf(parts), log, metrics });
}

interface Deps {
  readonly options: ProberOptions;
  readonly platform: Platform;
  readonly log: ServiceLog;
  readonly place: ServicePlace;
}

interface Parts extends Deps {
  readonly config: ConfigSource;
  readonly history: History;
  readonly inFlight: ProbesInFlight;
  readonly admission: Admission;
  readonly metrics: ProberMetrics;
  readonly targets: TargetStore;
  readonly pages: ReportPageOptions;
  readonly beside: ServicesBeside;
  readonly reload: () => Promise<string | undefined>;
}

function buildParts(config: ConfigSource, deps: Deps): Parts {
  const { options, platform, log } = deps;
  const history = new History(options.historyLimit);
  const inFlight = new ProbesInFlight();
  const admission = new Admission(options.limits, platform.clock);
  const hasModule = (name: string): boolean => config.current().modules.has(name);
  const targets = new TargetStore({ paths: options.targetFiles, clock: platform.clock, log, hasModule });
  const metrics = new ProberMetrics({
    lastReload: () => ({ successful: config.lastReloadSuccessful, successSeconds: config.lastReloadSuccessSeconds }),
    configFiles: () => config.files,
    targets: () => (targets.isUsed ? { count: targets.targets.length, files: targets.files } : undefined),
    probesInFlight: () => inFlight.count - admission.waiting,
    probesWaiting: () => admission.waiting,
    historyBytes: () => history.bytes,
    droppedLogLines: () => platform.log.dropped,
  });
  const places = (): ReadonlyMap<string, string> => config.current().places ?? new Map<string, string>();
  const pages = { history, clock: platform.clock, place: deps.place, places };
  const reload = async (): Promise<string | undefined> => {
    const problems = [await reloadConfig(config, log), await targets.look()];
    return problems.find((problem) => problem !== undefined);
  };
  return {
    ...deps,
    config,
    history,
    inFlight,
    admission,
    metrics,
    targets,
    pages,
    beside: new ServicesBeside(),
    reload,
  };
}

/**
 * What scrapers and load balancers ask for every few seconds; they do not go through express, whose share of a request
 * was measured at 170 µs of CPU (a small page 258 µs, the same without express 88 µs) where a whole HTTP probe costs
 * 600 to 1000 µs.
 */
function quickRoutes(parts: Parts, gatherers: readonly Gatherer[]): ReadonlyMap<string, Route> {
  const { config, options, platform, history, inFlight, admission, metrics } = parts;
  const common = {
    modules: () => config.current().modules,
    timeoutOffsetSeconds: options.timeoutOffsetSeconds,
    clock: platform.clock,
    history,
    inFlight,
    admission,
    metrics,
    probeLog: serviceLog(options.probeLogLevel, options.logFormat, platform),
  };
  const probe = probeRoute({ ...common, logFormat: options.logFormat, pages: parts.pages });
  return new Map<string, Route>([
    ['/probe', probe],
    ...scrapeRoutes({ ...common, build: platform.build }),
    ['/metrics', metricsRoute(gatherers, metrics)],
    ['/sd', sdRoute({ store: parts.targets, place: parts.place })],
    ['/-/healthy', healthyRoute],
  ]);
}

function foldersOf(parts: Parts): ReadonlyMap<string, RouteHandler> {
  const { config, history, platform, pages: reports, log, metrics } = parts;
  return new Map([
    [API_PATH, apiRoutes({ config, history, clock: platform.clock, bugs: { log, metrics } })],
    ['/probes/', probePage(reports)],
    ['/modules/', modulePage(() => config.current())],
  ]);
}

function pagesOf(parts: Parts): RouteHandler {
  const { config, options, platform, history, pages: reports, beside, reload, log, metrics } = parts;
  const { clock } = platform;
  const routes = new Map<string, Route>([
    ['/', targetsPage({ history, clock, beside, modules: () => config.current().modules })],
    [TARGETS_SCRIPT_ROUTE, targetsScriptRoute],
    ['/config', configRoute(config)],
    ['/reasons', reasonsRoute()],
    ['/logs', logsRoute(reports, options.logFormat)],
    ['/-/reload', reloadRoute(reload)],
  ]);
  return pages({
    routes,
    onFailure: (error, exchange) => {
      answerFailure(error, exchange, { log, metrics });
    },
  });
}

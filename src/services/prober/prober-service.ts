import { AutoReload } from '../../config/auto-reload.js';
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
import { type NodejsMetrics, watchNodejs } from '../../metrics/nodejs-metrics.js';
import { History } from '../../probe/history.js';
import { loadCelElsewhere } from '../../values/cel/cel-program.js';
import { Companions } from '../companions.js';
import { listenOnAll, sayListening } from '../listen.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import type { RunningService } from '../running-service.js';
import { sharedRuns } from '../shared-runs.js';
import { stopServer } from '../stop-server.js';
import { healthyRoute, reloadRoute } from './admin-routes.js';
import { API_PATH, apiRoutes } from './api/api-routes.js';
import type { ConfigSource } from './config-source.js';
import { sdRoute } from './discovery/sd-route.js';
import { Admission } from './limits/admission.js';
import type { ProbeRunner } from './limits/admitted-probe.js';
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
import { probeRunner } from './probe-runner.js';
import { ProberMetrics } from './prober-metrics.js';
import type { ProberOptions } from './prober-options.js';
import { scheduleOf, targetFacts } from './prober-schedule.js';
import { ProbesInFlight } from './probes-in-flight.js';
import { reloadConfig } from './reload-config.js';
import type { RemoteWriteOptions } from './remote-write/remote-write-options.js';
import { sayOpenness } from './say-openness.js';
import { resultsRoute } from './schedule/results-route.js';
import type { ResultSink, ScheduleService } from './schedule/schedule-service.js';
import { scrapeRoutes } from './scrape-routes.js';
import { sayIcmpSupport } from './why-no-icmp.js';
import type { ProbeWorkers } from './workers/probe-workers.js';
import { processGatherers } from './workers/where-probes-run.js';

/** A running prober. */
export interface ProberService extends RunningService {
  readonly log: ServiceLog;
  /** Resolves to what is wrong with the configuration, undefined if it is now in force. */
  readonly reload: () => Promise<string | undefined>;
}

/** How long cancelled probes get to send their answers. */
const CANCELLED_PROBE_GRACE_SECONDS = 1;

/** The dependencies of the prober beside its configuration. */
export interface ProberAround {
  readonly platform: Platform;
  /** The processes that run the probes; absent if they run in this one. */
  readonly workers?: ProbeWorkers | undefined;
  /** Runs probes in another way than at once, here or in the workers. */
  readonly runProbe?: ProbeRunner;
}

/**
 * Builds the service on a configuration and listens. Throws an Error in upstream's words for a bad URL or an address
 * that cannot be had.
 */
export async function startProber(
  config: ConfigSource,
  options: ProberOptions,
  { platform, workers, runProbe: given }: ProberAround,
): Promise<ProberService> {
  const { clock } = platform;
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  const external = readExternalUrl(options.web.externalUrl, options.web.listenAddresses[0] ?? '', platform.hostname);
  const prefix = readRoutePrefix(options.web.routePrefix, external.path);
  const place = { externalUrl: options.web.externalUrl, prefix, host: platform.hostname };
  const remoteWrite = options.remoteWrite && (await remoteWriteOf(options.remoteWrite, { platform, log }));
  const runProbe = probeRunner({ ...options, runProbe: given, workers, clock });
  const parts = buildParts(config, { remoteWrite, options, platform, log, place, workers, runProbe });
  const { metrics, reload } = parts;
  await parts.schedule.store.look();
  const nodejs = watchNodejs(platform.build.nodeVersion);
  const gatherers = [
    metrics.gather,
    ...parts.schedule.gatherers,
    nodejs.gather,
    buildInfoMetrics(platform.build),
    ...processGatherers(workers, clock),
  ];
  const server = new HttpServer(handlerOf(parts, gatherers, { prefix, externalUrl: external.text }), options.web);
  const onError = (error: unknown): void => {
    logBug(error, { log, metrics });
  };
  workers?.onBug(onError);
  const life = lifeOf(parts, { server, nodejs, onError });
  loadCelElsewhere();
  const listening = await listenOnAll(server, { web: options.web, platform, log, stop: life.stop });
  const { addresses } = listening;
  life.start();
  sayIcmpSupport(log);
  sayListening(log, listening);
  sayOpenness(log, listening, config.current().isGuarded);
  log.info('Sonde is ready', { addresses: addresses.join(' '), route_prefix: prefix });
  return {
    addresses,
    ...parts.beside.facts('Probes', addresses, prefix),
    log,
    reload,
    reportBug: onError,
    stop: life.stop,
  };
}

/** Most services send nothing: what that takes is loaded where it is needed. */
async function remoteWriteOf(
  options: RemoteWriteOptions,
  deps: { readonly platform: Platform; readonly log: ServiceLog },
): Promise<ResultSink> {
  const { openRemoteWrite } = await import('./remote-write/remote-write.js');
  return openRemoteWrite(options, deps);
}

/** The start and stop of the service: reloads of the configuration, the schedule, and the server with its workers. */
function lifeOf(
  { config, options, platform, log, schedule, inFlight, workers }: Parts,
  { server, nodejs, onError }: Running,
): { readonly start: () => void; readonly stop: RunningService['stop'] } {
  const { clock } = platform;
  // The schedule looks at targets files by itself.
  const reload = (): Promise<unknown> => reloadConfig(config, log);
  const autoReload = new AutoReload({ intervalSeconds: options.autoReloadSeconds, clock, reload, onError });
  const start = (): void => {
    autoReload.start();
    schedule.start();
  };
  const stop = async (graceSeconds: number): Promise<void> => {
    autoReload.stop();
    const scheduleEnded = schedule.stop();
    nodejs.close();
    const cancelTimer = clock.after(graceSeconds, () => {
      inFlight.cancelAll();
    });
    await Promise.all([scheduleEnded, stopServer(server, clock, graceSeconds + CANCELLED_PROBE_GRACE_SECONDS)]);
    cancelTimer();
    workers?.stop();
  };
  return { start, stop };
}

interface Running {
  readonly server: HttpServer;
  readonly nodejs: Pick<NodejsMetrics, 'close'>;
  readonly onError: (error: unknown) => void;
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
  /** Undefined where probes run in this process. */
  readonly workers: ProbeWorkers | undefined;
  readonly runProbe: ProbeRunner;
  readonly remoteWrite: ResultSink | undefined;
}

interface Parts extends Deps {
  readonly config: ConfigSource;
  readonly history: History;
  readonly inFlight: ProbesInFlight;
  readonly admission: Admission;
  readonly metrics: ProberMetrics;
  readonly schedule: ScheduleService;
  readonly pages: ReportPageOptions;
  readonly beside: Companions;
  readonly reload: () => Promise<string | undefined>;
}

function buildParts(config: ConfigSource, deps: Deps): Parts {
  const { options, platform, log } = deps;
  const history = new History(options.historyLimit);
  const inFlight = new ProbesInFlight();
  const admission = new Admission(options.limits, platform.clock);
  const metrics = new ProberMetrics({
    lastReload: () => ({ successful: config.lastReloadSuccessful, successSeconds: config.lastReloadSuccessSeconds }),
    configFiles: () => config.files,
    targets: () => targetFacts(schedule.store),
    probesInFlight: () => inFlight.count - admission.waiting,
    probesWaiting: () => admission.waiting,
    historyBytes: () => history.bytes,
    droppedLogLines: () => platform.log.dropped,
  });
  const common = { history, inFlight, admission, metrics };
  const schedule = scheduleOf({ ...common, ...deps, config });
  const places = (): ReadonlyMap<string, string> => config.current().places ?? new Map<string, string>();
  const pages = { history, clock: platform.clock, place: deps.place, places };
  const reload = sharedRuns(async () => {
    const problems = [await reloadConfig(config, log), await schedule.reload()];
    return problems.find((problem) => problem !== undefined);
  });
  return {
    ...deps,
    config,
    ...common,
    schedule,
    pages,
    beside: new Companions(),
    reload,
  };
}

/**
 * The routes that scrapers and load balancers request every few seconds. They bypass express, which costs 170 µs of CPU
 * a request: a small page takes 258 µs, and 88 µs without express. A whole HTTP probe costs 600 to 1000 µs.
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
    runProbe: parts.runProbe,
    metrics,
    probeLog: serviceLog(options.probeLogLevel, options.logFormat, platform),
  };
  const probe = probeRoute({ ...common, logFormat: options.logFormat, pages: parts.pages });
  return new Map<string, Route>([
    ['/probe', probe],
    ...scrapeRoutes({ ...common, build: platform.build }),
    ['/metrics', metricsRoute(gatherers, metrics)],
    ['/metrics/targets', resultsRoute(parts.schedule.targets)],
    ['/sd', sdRoute({ store: parts.schedule.store, place: parts.place })],
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

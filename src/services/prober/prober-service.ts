import { AutoReload } from '../../config/auto-reload.js';
import { checkConfigFiles, type CheckedFile } from '../../config/check-config-files.js';
import { ConfigStore } from '../../config/config-store.js';
import { loadConfig } from '../../config/load-config.js';
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
import { createSystemResolver, type Resolver } from '../../net/resolve/resolver.js';
import { compileTlsConfig } from '../../net/tls/tls-client.js';
import { createTlsPlatform } from '../../net/tls/tls-platform.js';
import { History } from '../../probe/history.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { Prober } from '../../probe/prober.js';
import { allProbers } from '../../probers/all-probers.js';
import { prepareCookies } from '../../probers/http/http-cookies.js';
import { loadIcmpAddon } from '../../probers/icmp/icmp-native.js';
import { IcmpSockets } from '../../probers/icmp/icmp-sockets.js';
import { listenOnAll, sayListening } from '../listen.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import type { RunningService } from '../running-service.js';
import { ServicesBeside } from '../services-beside.js';
import { stopServer } from '../stop-server.js';
import { healthyRoute, reloadRoute } from './admin-routes.js';
import { API_PATH, apiRoutes } from './api/api-routes.js';
import type { ConfigSource } from './config-source.js';
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
import { warmUp } from './warm-up/warm-up.js';
import { sayIcmpSupport } from './why-no-icmp.js';

/**
 * Loads the configuration for the first time: files, folders and patterns. A broken file among sound ones is left out,
 * loudly: the others are watching over something. Throws an Error that says what is wrong if none can be used.
 */
export async function openConfig(paths: readonly string[], platform: Platform, log: ServiceLog): Promise<OpenedConfig> {
  const { probers, warmUp, loadRest } = buildProbers(platform);
  const store = await ConfigStore.open({ paths, probers, clock: platform.clock });
  for (const { file, problem } of brokenFiles(store)) {
    log.error('Error loading config file, going on without its modules', { file, err: problem });
  }
  logFindings(store.current(), log);
  return { config: store, warmUp, loadRest };
}

/** Compiles modules that are no files, with probers of their own. */
export function compileText(platform: Platform): TextCompiler {
  const { probers, warmUp, loadRest } = buildProbers(platform);
  return { compile: async (text, name) => (await loadConfig(text, name, probers)).modules, warmUp, loadRest };
}

/** Compiles modules from the text of a configuration. */
export interface TextCompiler {
  /** Rejects with a ConfigFileError, in which the text has this name. */
  readonly compile: (text: string, name: string) => Promise<ReadonlyMap<string, ProbeModule>>;
  readonly warmUp: OpenedConfig['warmUp'];
  readonly loadRest: OpenedConfig['loadRest'];
}

/** A running prober. */
export interface ProberService extends RunningService {
  readonly log: ServiceLog;
  /** Resolves to what is wrong with the configuration, undefined if it is now in force. */
  readonly reload: () => Promise<string | undefined>;
}

/** The configuration, loaded for the first time, and how its probers are made ready. */
export interface OpenedConfig {
  readonly config: ConfigSource;
  /**
   * Loads and compiles what the first probes of these probers would otherwise wait for; takes a fraction of a second,
   * never rejects.
   */
  readonly warmUp: (probers: ReadonlySet<string>) => Promise<void>;
  /**
   * Loads what an answer of a target may be the first to need, such as the system's roots, so that no probe waits for
   * it.
   */
  readonly loadRest: (probers: ReadonlySet<string>) => Promise<void>;
}

/** What is wrong with each file of a configuration. */
export function checkConfig(paths: readonly string[], platform: Platform): Promise<readonly CheckedFile[]> {
  return checkConfigFiles({ paths, probers: buildProbers(platform).probers });
}

/** Access rules and log filters out there look for upstream's name. */
const UPSTREAM_AGENT = 'Blackbox-Exporter/0.28.0';

/** How long cancelled probes get to send their answers. */
const CANCELLED_PROBE_GRACE_SECONDS = 1;

/** The versions of a module that says nothing of them. */
const USUAL_TLS_VERSIONS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;

function buildProbers({ probers, build, env, clock }: Platform) {
  const platform = createTlsPlatform({ clock, certFile: env['SSL_CERT_FILE'], certDir: env['SSL_CERT_DIR'] });
  const nothing = (): Promise<void> => Promise.resolve();
  if (probers !== undefined) return { probers, warmUp: nothing, loadRest: nothing };
  const files = { hostsFile: '/etc/hosts', resolvConfFile: '/etc/resolv.conf', clock };
  const resolver = createSystemResolver(files);
  const probersWith = (named: Resolver): readonly Prober[] =>
    allProbers({
      resolver: named,
      compileTls: (raw) => compileTlsConfig(raw, platform),
      icmp: new IcmpSockets(loadIcmpAddon()),
      userAgent: `${UPSTREAM_AGENT} (Sonde/${build.version})`,
      env,
    });
  const warm = async (wanted: ReadonlySet<string>): Promise<void> => {
    await warmUp({
      clock,
      prepare: async () => {
        await resolver.prepare();
        if (!isOnly(wanted, 'icmp')) platform.plainContext(USUAL_TLS_VERSIONS);
      },
      probersWith: (server) => probersWith(createSystemResolver({ ...files, servers: [server] })),
      wanted,
    });
  };
  const loadRest = async (wanted: ReadonlySet<string>): Promise<void> => {
    // The first probe over TLS, whatever its module trusts, says whether the chain verifies by the system's roots.
    if (!isOnly(wanted, 'icmp')) await platform.systemRoots();
    if (wanted.has('http')) await prepareCookies();
  };
  return { probers: probersWith(resolver), warmUp: warm, loadRest };
}

/** ICMP alone has no TLS, and needs no roots. */
function isOnly(wanted: ReadonlySet<string>, prober: string): boolean {
  return wanted.size === 1 && wanted.has(prober);
}

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
  const { metrics, inFlight, reload } = parts;
  const nodejs = watchNodejs(platform.build.nodeVersion);
  const gatherers = [metrics.gather, nodejs.gather, buildInfoMetrics(platform.build), processMetrics('/proc')];
  const server = new HttpServer(handlerOf(parts, gatherers, { prefix, externalUrl: external.text }), options.web);
  const autoReload = new AutoReload({
    intervalSeconds: options.autoReloadSeconds,
    clock,
    reload,
    onError: (error) => {
      logBug(error, { log, metrics });
    },
  });
  const stop = async (graceSeconds: number): Promise<void> => {
    autoReload.stop();
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
  sayIcmpSupport(log);
  sayListening(log, listening);
  sayOpenness(log, listening, config.current().isGuarded);
  log.info('Sonde is ready', { addresses: addresses.join(' '), route_prefix: prefix });
  const reportBug = (error: unknown): void => {
    logBug(error, { log, metrics });
  };
  return { addresses, ...parts.beside.facts('Probes', addresses, prefix), log, reload, reportBug, stop };
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
  readonly metrics: ProberMetrics;
  readonly pages: ReportPageOptions;
  readonly beside: ServicesBeside;
  readonly reload: () => Promise<string | undefined>;
}

function buildParts(config: ConfigSource, deps: Deps): Parts {
  const { options, platform, log } = deps;
  const history = new History(options.historyLimit);
  const inFlight = new ProbesInFlight();
  const metrics = new ProberMetrics({
    lastReload: () => ({ successful: config.lastReloadSuccessful, successSeconds: config.lastReloadSuccessSeconds }),
    configFiles: () => config.files,
    probesInFlight: () => inFlight.count,
    historyBytes: () => history.bytes,
    droppedLogLines: () => platform.log.dropped,
  });
  const places = (): ReadonlyMap<string, string> => config.current().places ?? new Map<string, string>();
  const pages = { history, clock: platform.clock, place: deps.place, places };
  const reload = (): Promise<string | undefined> => reloadConfig(config, log);
  return { ...deps, config, history, inFlight, metrics, pages, beside: new ServicesBeside(), reload };
}

/**
 * What scrapers and load balancers ask for every few seconds; they do not go through express, whose share of a request
 * was measured at 170 µs of CPU (a small page 258 µs, the same without express 88 µs) where a whole HTTP probe costs
 * 600 to 1000 µs.
 */
function quickRoutes(parts: Parts, gatherers: readonly Gatherer[]): ReadonlyMap<string, Route> {
  const { config, options, platform, history, inFlight, metrics } = parts;
  const probe = probeRoute({
    modules: () => config.current().modules,
    timeoutOffsetSeconds: options.timeoutOffsetSeconds,
    clock: platform.clock,
    history,
    inFlight,
    metrics,
    probeLog: serviceLog(options.probeLogLevel, options.logFormat, platform),
    logFormat: options.logFormat,
    pages: parts.pages,
  });
  return new Map<string, Route>([
    ['/probe', probe],
    ['/metrics', metricsRoute(gatherers, metrics)],
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

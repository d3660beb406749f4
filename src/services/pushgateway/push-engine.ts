import { logBug } from '../../http/answers/answer-failure.js';
import type { Route, WebHandler, WebRequest } from '../../http/exchange.js';
import { readExternalUrl, readRoutePrefix } from '../../http/routes/external-url.js';
import type { ServiceLog } from '../../log/service-log.js';
import { buildInfoMetrics } from '../../metrics/build-info.js';
import type { Gatherer } from '../../metrics/metric-family.js';
import { processMetrics } from '../../metrics/process-metrics.js';
import type { GroupStore } from '../../push/group-store.js';
import { writeGroupsJson } from '../../push/groups-json.js';
import { OwnFamilies } from '../../push/own-families.js';
import { ExpositionBuilder } from '../../push/shown/exposition-builder.js';
import type { GroupKeeper } from '../../push/store/group-keeper.js';
import { messageOf } from '../../values/as-error.js';
import { Companions } from '../companions.js';
import type { Platform } from '../platform.js';
import type { Companion } from '../running-service.js';
import { openGroups } from './open-groups.js';
import { warnOfForeignFile } from './open-persistence.js';
import { pushHelpRoute, pushStatusRoute } from './pages/push-info-pages.js';
import { pushPageRoute } from './pages/push-page.js';
import { pushApi } from './push-api.js';
import type { PushBody } from './push-body.js';
import { pushHandler } from './push-handler.js';
import { PushMetrics } from './push-metrics.js';
import type { PushgatewayOptions } from './push-options.js';
import { pushRoutes } from './push-routes.js';
import { pushScrapeRoute } from './scrape/push-scrape.js';
import { Turns } from './turns.js';

/** The part of the pushgateway that answers requests, without sockets. */
export interface PushEngine {
  readonly handle: WebHandler;
  /** Notes that `/-/healthy` or `/-/ready` was answered elsewhere. */
  readonly noteAnswered: (handler: string, status: number) => void;
  /** Why pushes cannot be kept; undefined while they can. */
  readonly keepingProblem: () => string | undefined;
  readonly reportBug: (error: unknown) => void;
  /** Says which other services run in this process. */
  readonly showCompanions: (services: readonly Companion[]) => void;
  /** Writes what is still to be written. */
  readonly close: () => Promise<void>;
}

/** The dependencies of the engine. */
export interface PushEngineDeps {
  readonly platform: Platform;
  readonly log: ServiceLog;
  /** The metrics of the process that only the main thread knows. */
  readonly gatherProcess: Gatherer;
  readonly openBody: (request: WebRequest) => PushBody;
  /** Ends the service; called for `/-/quit`. */
  readonly quit: () => void;
}

/** Builds it and reads what was kept. Throws an Error for a bad URL. */
export async function openPushEngine(options: PushgatewayOptions, deps: PushEngineDeps): Promise<PushEngine> {
  const { platform, gatherProcess } = deps;
  const parts = buildParts(options, deps);
  const { metrics, own, groups, reportBug } = parts;
  await warnOfForeignFile(options, parts.log);
  await groups.load();
  const gatherers = [
    metrics.gather,
    gatherProcess,
    buildInfoMetrics(platform.build, 'pushgateway'),
    processMetrics('/proc'),
  ];
  // The names of the service's own metrics are reserved before the first push comes.
  for (const gather of gatherers) own.note(await gather());
  return {
    handle: handler(parts, gatherers, deps),
    noteAnswered: (handler, status) => {
      metrics.answered(handler, 'GET', status);
    },
    keepingProblem: () => groups.problem,
    reportBug,
    showCompanions: (services) => {
      parts.beside.set(services);
    },
    close: () => groups.close(),
  };
}

/** "" or a path that begins with a slash and does not end with one. Throws an Error for a bad URL. */
export function pushPrefix({ web }: PushgatewayOptions, { hostname }: Platform): string {
  const external = readExternalUrl(web.externalUrl, web.listenAddresses[0] ?? '', hostname);
  return readRoutePrefix(web.routePrefix, external.path).replace(/\/$/, '');
}

interface Parts {
  readonly platform: Platform;
  readonly log: ServiceLog;
  readonly options: PushgatewayOptions;
  readonly store: GroupStore;
  readonly own: OwnFamilies;
  readonly groups: GroupKeeper;
  readonly whyFailed: GroupStore['whyFailed'];
  readonly metrics: PushMetrics;
  readonly startSeconds: number;
  readonly beside: Companions;
  readonly reportBug: (error: unknown) => void;
}

function buildParts(options: PushgatewayOptions, { platform, log }: PushEngineDeps): Parts {
  const { clock } = platform;
  const own = new OwnFamilies();
  const { maxSeriesPerPush: seriesPerPush, maxSeriesInAll: seriesInAll, maxStoredBytes: bytesInAll } = options;
  const limits = { seriesPerPush, seriesInAll, bytesInAll };
  const onProblem = (error: unknown): void => {
    log.error('Error keeping what was pushed', { err: messageOf(error) });
  };
  const { store, groups, whyFailed } = openGroups(options, { platform, log, own, limits, onProblem });
  const gauges = {
    groups: () => store.groupCount,
    series: () => store.seriesCount,
    expired: () => groups.expired,
    persistenceProblem: () => groups.problem,
    droppedLogLines: () => platform.log.dropped,
  };
  const metrics = new PushMetrics(gauges, clock);
  const reportBug = (error: unknown): void => {
    logBug(error, { log, metrics });
  };
  return {
    platform,
    log,
    options,
    store,
    own,
    groups,
    whyFailed,
    metrics,
    startSeconds: clock.wallSeconds(),
    beside: new Companions(),
    reportBug,
  };
}

function handler(parts: Parts, gatherers: readonly Gatherer[], { openBody, quit }: PushEngineDeps): WebHandler {
  const { options, platform, log, store, own, groups, metrics, startSeconds } = parts;
  const { telemetryPath, isChecked, utf8Names, defaults, maxSeriesPerPush, isAdminEnabled, flags } = options;
  const prefix = pushPrefix(options, platform);
  const builder = new ExpositionBuilder({ store, own });
  const routes = pushRoutes({
    prefix,
    telemetryPath,
    push: {
      groups,
      clock: groups.clock,
      utf8Names,
      isChecked,
      maxSeriesPerPush,
      turns: new Turns(platform.clock),
      defaults,
      metrics,
      log,
    },
    scrape: pushScrapeRoute({ groups, builder, gatherers, metrics, clock: platform.clock }),
    pages: pagesOf(parts),
    keepingProblem: () => groups.problem,
    ...(options.isLifecycleEnabled && { quit }),
    metrics,
  });
  const status = { build: platform.build, flags, startSeconds };
  const api = pushApi({ groups, source: store, status, groupsJson: writeGroupsJson, isAdminEnabled, metrics });
  return pushHandler({ prefix, routes, api, openBody, metrics, log });
}

/** The pages for people, by path. */
function pagesOf({
  options,
  platform,
  groups,
  store,
  whyFailed,
  startSeconds,
  beside,
}: Parts): ReadonlyMap<string, Route> {
  const { isAdminEnabled, flags } = options;
  const { clock } = platform;
  const problem = (): string | undefined => groups.problem;
  const status = pushStatusRoute({
    build: platform.build,
    flags,
    startSeconds,
    groupCount: () => store.groupCount,
    seriesCount: () => store.seriesCount,
    problem,
  });
  /** A page shows what is known, and says what is wrong. */
  const fresh = (route: Route): Route => {
    return async (exchange) => {
      await groups.current().catch(() => undefined);
      await route(exchange);
    };
  };
  return new Map<string, Route>([
    [
      '/',
      fresh(
        pushPageRoute({
          groups: store,
          canWipe: isAdminEnabled,
          beside,
          problem,
          clock,
          whyFailed,
        }),
      ),
    ],
    ['/status', fresh(status)],
    ['/help', pushHelpRoute],
  ]);
}

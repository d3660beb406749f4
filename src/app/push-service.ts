import { EventEmitter, once } from 'node:events';
import { buildInfoMetrics } from '../metrics/build-info.js';
import type { Gatherer } from '../metrics/metric-family.js';
import { watchNodejs } from '../metrics/nodejs-metrics.js';
import { processMetrics } from '../metrics/process-metrics.js';
import { DurableGroups } from '../push/durable-groups.js';
import { ExpositionBuilder } from '../push/exposition.js';
import type { GroupPersistence } from '../push/group-persistence.js';
import { noPersistence } from '../push/group-persistence.js';
import { writeGroupsJson } from '../push/groups-json.js';
import { LevelPersistence } from '../push/level-persistence.js';
import { GroupStore } from '../push/group-store.js';
import { OwnFamilies } from '../push/own-families.js';
import { BodyBudget } from '../server/body-budget.js';
import { readExternalUrl, readRoutePrefix } from '../server/external-url.js';
import { HttpServer } from '../server/http-server.js';
import { pushApi } from '../server/push-api.js';
import { pushHandler } from '../server/push-handler.js';
import { pushHelpRoute, pushStatusRoute } from '../server/push-info-pages.js';
import { PushMetrics } from '../server/push-metrics.js';
import { pushPageRoute } from '../server/push-page.js';
import type { PushgatewayOptions } from '../server/push-options.js';
import { pushRoutes } from '../server/push-routes.js';
import { pushScrapeRoute } from '../server/push-scrape.js';
import { logBug } from '../server/request-handler.js';
import type { Route, WebHandler } from '../server/exchange.js';
import type { ServiceLog } from '../server/service-log.js';
import { listenOnAll, sayListening } from './listen.js';
import type { RunningService } from './running-service.js';
import { serviceLog } from './service-log.js';
import type { World } from './world.js';

/** A running pushgateway. */
export interface PushService extends RunningService {
  readonly log: ServiceLog;
  /** Resolves when somebody ended it over HTTP and it has stopped. */
  readonly quit: Promise<void>;
}

/** How many of the largest bodies, and of small ones, are held at the same time. */
const LARGE_BODIES = 4;
const SMALL_BODIES_BYTES = 256 * 1024 * 1024;

/** How long requests that are being answered may go on after `/-/quit`, in seconds. */
const QUIT_GRACE_SECONDS = 10;

/** Builds the pushgateway, reads what was kept, and listens. Throws an Error for a bad URL, or an address that cannot be had. */
export async function startPushgateway(options: PushgatewayOptions, world: World): Promise<PushService> {
  const log = serviceLog(options.logLevel, options.logFormat, world);
  const persistence = openPersistence(options, world, log);
  const parts = buildParts(options, { world, log, persistence });
  await parts.groups.load();
  const nodejs = watchNodejs(world.build.nodeVersion);
  const { metrics, own } = parts;
  const gatherers = [
    metrics.gather,
    nodejs.gather,
    buildInfoMetrics(world.build, 'pushgateway'),
    processMetrics('/proc'),
  ];
  // What the service shows itself is reserved before the first push comes.
  for (const gather of gatherers) own.note(await gather());
  const asked = new EventEmitter();
  const quit = once(asked, 'quit').then(() => stop(QUIT_GRACE_SECONDS));
  const server = new HttpServer(
    handler(parts, {
      gatherers,
      quit: () => {
        asked.emit('quit');
      },
    }),
  );
  const stop = stopOnce(async (graceSeconds) => {
    const cancelCut = world.clock.after(graceSeconds, () => {
      server.cut();
    });
    await server.stop();
    cancelCut();
    nodejs.close();
    await parts.groups.close();
  });
  const listening = await listenOnAll(server, { web: options.web, world, log, stop });
  sayListening(log, listening);
  log.info('Pushgateway is ready', { addresses: listening.addresses.join(' '), persistence: options.persistenceFile });
  return { addresses: listening.addresses, log, reportBug: parts.reportBug, stop, quit };
}

function openPersistence(
  { persistenceFile, persistenceIntervalSeconds, persistenceRepair }: PushgatewayOptions,
  { clock }: World,
  log: ServiceLog,
): GroupPersistence {
  if (persistenceFile === '') return noPersistence;
  return new LevelPersistence({
    file: persistenceFile,
    intervalSeconds: persistenceIntervalSeconds,
    repair: persistenceRepair,
    clock,
    notify: ({ level, message, fields }) => {
      log[level](message, fields);
    },
  });
}

interface Surroundings {
  readonly world: World;
  readonly log: ServiceLog;
  readonly persistence: GroupPersistence;
}

interface Parts extends Surroundings {
  readonly options: PushgatewayOptions;
  readonly store: GroupStore;
  readonly own: OwnFamilies;
  readonly groups: DurableGroups;
  readonly metrics: PushMetrics;
  readonly startSeconds: number;
  readonly reportBug: (error: unknown) => void;
}

function buildParts(options: PushgatewayOptions, surroundings: Surroundings): Parts {
  const { world, log, persistence } = surroundings;
  const { clock } = world;
  const own = new OwnFamilies();
  const limits = { seriesPerPush: options.maxSeriesPerPush, seriesInAll: options.maxSeriesInAll };
  const store = new GroupStore({ own, limits });
  const onProblem = (error: unknown): void => {
    log.error('Error keeping what was pushed', { err: error instanceof Error ? error.message : String(error) });
  };
  const groups = new DurableGroups({ store, persistence, clock, onProblem });
  const gauges = {
    groups: () => store.groupCount,
    series: () => store.seriesCount,
    expired: () => groups.expired,
    persistenceProblem: () => persistence.problem,
    droppedLogLines: () => world.log.dropped,
  };
  const metrics = new PushMetrics(gauges, clock);
  const reportBug = (error: unknown): void => {
    logBug(error, { log, metrics });
  };
  return { ...surroundings, options, store, own, groups, metrics, startSeconds: clock.wallSeconds(), reportBug };
}

function handler(
  parts: Parts,
  { gatherers, quit }: { readonly gatherers: readonly Gatherer[]; readonly quit: () => void },
): WebHandler {
  const { options, world, log, persistence, store, own, groups, metrics, startSeconds } = parts;
  const { clock } = world;
  const { web, telemetryPath, isChecked, utf8Names, defaults, maxBodyBytes, isAdminEnabled, flags } = options;
  const external = readExternalUrl(web.externalUrl, web.listenAddresses[0] ?? '', world.hostname);
  const prefix = readRoutePrefix(web.routePrefix, external.path).replace(/\/$/, '');
  const builder = new ExpositionBuilder({ store, own });
  const routes = pushRoutes({
    prefix,
    telemetryPath,
    push: { groups, clock, utf8Names, isChecked, defaults, metrics, log },
    scrape: pushScrapeRoute({ builder, gatherers, metrics }),
    pages: pagesOf(parts),
    keepingProblem: () => persistence.problem,
    ...(options.isLifecycleEnabled && { quit }),
    metrics,
  });
  const status = { build: world.build, flags, startSeconds };
  const api = pushApi({ groups, source: store, status, groupsJson: writeGroupsJson, isAdminEnabled, metrics });
  const budget = new BodyBudget({ largeBytes: LARGE_BODIES * maxBodyBytes, smallBytes: SMALL_BODIES_BYTES });
  const limit = { maxBytes: maxBodyBytes, limitName: '--push.max-body-bytes' };
  return pushHandler({ prefix, routes, api, limit, budget, metrics, log });
}

/** The pages for people, by path. */
function pagesOf({ options, world, persistence, store, startSeconds }: Parts): ReadonlyMap<string, Route> {
  const { isAdminEnabled, flags } = options;
  const problem = (): string | undefined => persistence.problem;
  const status = pushStatusRoute({
    build: world.build,
    flags,
    startSeconds,
    groupCount: () => store.groupCount,
    seriesCount: () => store.seriesCount,
    problem,
  });
  return new Map<string, Route>([
    ['/', pushPageRoute({ groups: store, canWipe: isAdminEnabled, problem })],
    ['/status', status],
    ['/help', pushHelpRoute],
  ]);
}

/** A service may be told to stop from two sides. */
function stopOnce(stop: RunningService['stop']): RunningService['stop'] {
  let stopped: Promise<void> | undefined;
  return (graceSeconds) => (stopped ??= stop(graceSeconds));
}

import { EventEmitter, once } from 'node:events';
import { BodyBudget } from '../../http/bodies/body-budget.js';
import { HttpServer } from '../../http/listeners/http-server.js';
import type { ServiceLog } from '../../log/service-log.js';
import { watchNodejs } from '../../metrics/nodejs-metrics.js';
import type { CancelTimer } from '../../values/clock.js';
import { companionOf } from '../companions.js';
import { listenOnAll, sayListening } from '../listen.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import type { RunningService } from '../running-service.js';
import { stopServer } from '../stop-server.js';
import { SocketBody } from './push-body.js';
import { openPushEngine, type PushEngine, type PushEngineDeps, pushPrefix } from './push-engine.js';
import type { PushgatewayOptions } from './push-options.js';
import { openPushThread } from './push-thread.js';
import { sayReady } from './say-ready.js';

/** A running pushgateway. */
export interface PushService extends RunningService {
  readonly log: ServiceLog;
  /** Resolves when somebody ended it over HTTP and it has stopped. */
  readonly quit: Promise<void>;
}

/** The number of the largest bodies, and of small ones, that are held at the same time. */
const LARGE_BODIES = 4;
const SMALL_BODIES = 8;

/** How long requests that are being answered may go on after `/-/quit`, in seconds. */
const QUIT_GRACE_SECONDS = 10;

/**
 * Builds the pushgateway, reads what was kept, and listens. Throws an Error for a bad URL, or an address that cannot be
 * had.
 */
export async function startPushgateway(options: PushgatewayOptions, platform: Platform): Promise<PushService> {
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  const nodejs = watchNodejs(platform.build.nodeVersion);
  const asked = new EventEmitter();
  const quit = once(asked, 'quit').then(() => stop(QUIT_GRACE_SECONDS));
  const engine = await openEngine(options, {
    platform,
    log,
    gatherProcess: nodejs.gather,
    quit: () => {
      asked.emit('quit');
    },
  });
  const server = new HttpServer(engine.handle, options.web);
  let endWait: CancelTimer = () => undefined;
  const stop = stopOnce(async (graceSeconds) => {
    endWait();
    await stopServer(server, platform.clock, graceSeconds);
    nodejs.close();
    await engine.close();
  });
  const listening = await listenOnAll(server, { web: options.web, platform, log, stop });
  sayListening(log, listening);
  const fields = { addresses: listening.addresses.join(' '), persistence: options.persistenceFile };
  endWait = sayReady({ problem: engine.keepingProblem, clock: platform.clock, log, fields });
  const { addresses } = listening;
  const asCompanion = companionOf('Pushgateway', addresses, `${pushPrefix(options, platform)}/`);
  const { reportBug, showCompanions } = engine;
  return { addresses, asCompanion, showCompanions, log, reportBug, stop, quit };
}

/**
 * Opens the engine, in a thread of its own, so that no push and no scrape holds up others, unless `isSingleThreaded` is
 * set.
 */
function openEngine(
  options: PushgatewayOptions,
  deps: Omit<PushEngineDeps, 'openBody'>,
): Promise<Pick<PushEngine, 'handle' | 'keepingProblem' | 'reportBug' | 'showCompanions' | 'close'>> {
  const { maxBodyBytes } = options;
  const budget = new BodyBudget({ largeBytes: LARGE_BODIES * maxBodyBytes, smallBytes: SMALL_BODIES * maxBodyBytes });
  const limit = { maxBytes: maxBodyBytes, limitName: '--push.max-body-bytes' };
  if (deps.platform.isSingleThreaded !== true) return openPushThread(options, { ...deps, budget, limit });
  const openBody: PushEngineDeps['openBody'] = (request) => {
    return new SocketBody(request, { limit, share: budget.open() });
  };
  return openPushEngine(options, { ...deps, openBody });
}

/** A service may be told to stop from two sides. */
function stopOnce(stop: RunningService['stop']): RunningService['stop'] {
  let stopped: Promise<void> | undefined;
  return (graceSeconds) => (stopped ??= stop(graceSeconds));
}

import type { ListenPlace } from '../server/bind-server.js';
import type { HttpServer } from '../server/http-server.js';
import type { ServiceLog } from '../server/service-log.js';
import { OptionError } from '../server/option-error.js';
import { systemdSockets } from '../server/systemd-sockets.js';
import type { WebOptions } from '../server/web-options.js';
import { formatGoDuration } from '../values/duration.js';
import type { RunningService } from './running-service.js';
import { openWebAccess } from './web-access.js';
import type { OpenedAccess } from './web-access.js';
import type { World } from './world.js';

export interface ListenOptions {
  readonly web: WebOptions;
  readonly world: World;
  readonly log: ServiceLog;
  /** Stops the service that could not listen. */
  readonly stop: RunningService['stop'];
}

/** Where a service listens, and how. */
export interface Listening {
  /** With the ports that were chosen. */
  readonly addresses: readonly string[];
  readonly access: OpenedAccess;
}

/**
 * Listens at all places or at none, as the flags `--web.*` say: with or without TLS and users, at addresses or on sockets that systemd passes on.
 * Throws the first Error after having stopped everything.
 */
export async function listenOnAll(server: HttpServer, { web, world, log, stop }: ListenOptions): Promise<Listening> {
  try {
    const access = await openWebAccess(web.configFile, world, log).catch((error: unknown) => {
      throw new OptionError('web.config.file', error);
    });
    const addresses: string[] = [];
    for (const place of placesOf(web, world, log)) addresses.push(await server.listen(place, access));
    return { addresses, access };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

function placesOf({ systemdSocket, listenAddresses }: WebOptions, world: World, log: ServiceLog): ListenPlace[] {
  if (!systemdSocket) return [...listenAddresses];
  log.info('Listening on systemd activated listeners instead of port listeners.');
  return systemdSockets(world.env, world.pid).map((descriptor) => ({ descriptor }));
}

/** Upstream's lines for each address. */
export function sayListening(log: ServiceLog, { addresses, access }: Listening): void {
  const { tls, http2, rateLimit } = access;
  for (const address of addresses) {
    log.info('Listening on', { address });
    if (rateLimit !== undefined) {
      const { burst, intervalSeconds } = rateLimit;
      log.info('Rate Limiter is enabled.', { burst, interval: formatGoDuration(intervalSeconds) });
    }
    log.info(tls === undefined ? 'TLS is disabled.' : 'TLS is enabled.', { http2, address });
  }
}

import { RepeatedLog } from '../http/access/repeated-log.js';
import type { ListenPlace } from '../http/listeners/bind-server.js';
import { DescriptorWatch } from '../http/listeners/descriptor-watch.js';
import type { HttpServer } from '../http/listeners/http-server.js';
import { systemdSockets } from '../http/listeners/systemd-sockets.js';
import { OptionError } from '../http/option-error.js';
import type { WebOptions } from '../http/web-options.js';
import type { ServiceLog } from '../log/service-log.js';
import { formatGoDuration } from '../values/duration.js';
import type { Platform } from './platform.js';
import type { RunningService } from './running-service.js';
import { type OpenedAccess, openGivenAccess, openWebAccess } from './web-access.js';

/** The addresses at which a service should listen, and its access rules. */
export interface ListenOptions {
  readonly web: WebOptions;
  readonly platform: Platform;
  readonly log: ServiceLog;
  /** Stops the service that could not listen. */
  readonly stop: RunningService['stop'];
}

/** The addresses at which a service listens, and its access rules. */
export interface Listening {
  /** The addresses, with the ports that the system chose. */
  readonly addresses: readonly string[];
  readonly access: OpenedAccess;
}

/**
 * Listens at all places or at none, as the flags `--web.*` say: with or without TLS and users, at addresses or on
 * sockets that systemd passes on. Throws the first Error after having stopped everything.
 */
export async function listenOnAll(server: HttpServer, { web, platform, log, stop }: ListenOptions): Promise<Listening> {
  try {
    const access = await accessOf(web, platform, log);
    const { look } = new DescriptorWatch(new RepeatedLog(log, platform.clock));
    const addresses: string[] = [];
    for (const place of placesOf(web, platform, log)) addresses.push(await server.listen(place, access, look));
    return { addresses, access };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

async function accessOf({ configFile, given }: WebOptions, platform: Platform, log: ServiceLog): Promise<OpenedAccess> {
  if (given !== undefined) return openGivenAccess(given, platform, log);
  return openWebAccess(configFile, platform, log).catch((error: unknown) => {
    throw new OptionError('web.config.file', error);
  });
}

function placesOf({ systemdSocket, listenAddresses }: WebOptions, platform: Platform, log: ServiceLog): ListenPlace[] {
  if (!systemdSocket) return [...listenAddresses];
  log.info('Listening on systemd activated listeners instead of port listeners.');
  return systemdSockets(platform.env, platform.pid).map((descriptor) => ({ descriptor }));
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

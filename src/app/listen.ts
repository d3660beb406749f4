import type { HttpServer } from '../server/http-server.js';
import type { ServiceLog } from '../server/service-log.js';
import type { RunningService } from './running-service.js';

/** Listens on all addresses or on none; resolves to them with the ports that were chosen. Throws the first Error after having stopped everything. */
export async function listenOnAll(
  server: HttpServer,
  addresses: readonly string[],
  stop: RunningService['stop'],
): Promise<readonly string[]> {
  const bound: string[] = [];
  try {
    for (const address of addresses) bound.push(await server.listen(address));
  } catch (error) {
    await stop(0);
    throw error;
  }
  return bound;
}

/** Upstream's lines for each address. */
export function sayListening(log: ServiceLog, addresses: readonly string[]): void {
  for (const address of addresses) {
    log.info('Listening on', { address });
    log.info('TLS is disabled.', { http2: false, address });
  }
}

import type { ServiceLog } from '../log/service-log.js';
import type { RunningService } from '../services/running-service.js';
import type { Shell } from './shell.js';

/** How long requests that are being answered may go on after SIGTERM, in seconds. */
const GRACE_SECONDS = 10;

/** Resolves when all services have stopped because of a signal; a second signal ends the process at once. */
export function askedToStop(
  services: readonly RunningService[],
  { log, shell }: { readonly log: ServiceLog; readonly shell: Shell },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      shell.onSignal(name, () => {
        if (isStopping) {
          shell.exitAtOnce(1);
          return;
        }
        isStopping = true;
        log.info(`Received ${name}, exiting gracefully...`);
        Promise.all(services.map((service) => service.stop(GRACE_SECONDS))).then(() => {
          resolve();
        }, reject);
      });
    }
  });
}

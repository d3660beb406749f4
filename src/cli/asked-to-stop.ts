import type { ServiceLog } from '../log/service-log.js';
import type { RunningService } from '../services/running-service.js';
import type { Shell } from './shell.js';

/**
 * How long requests that are being answered may go on after SIGTERM, or once one of several services was ended over
 * HTTP, in seconds.
 */
export const GRACE_SECONDS = 10;

/** Whether a signal has asked the process to stop. */
export interface StopSignals {
  /** Resolves at the first signal. */
  readonly asked: Promise<undefined>;
  readonly isAsked: () => boolean;
}

/**
 * From here on SIGTERM and SIGINT no longer end the process by themselves: the first one asks, a second one ends it at
 * once.
 */
export function watchStopSignals({ log, shell }: { readonly log: ServiceLog; readonly shell: Shell }): StopSignals {
  let isAsked = false;
  const asked = new Promise<undefined>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      shell.onSignal(name, () => {
        if (isAsked) {
          shell.exitAtOnce(1);
          return;
        }
        isAsked = true;
        log.info(`Received ${name}, exiting gracefully...`);
        resolve(undefined);
      });
    }
  });
  return { asked, isAsked: () => isAsked };
}

/** Resolves when all services have stopped because of a signal. */
export async function askedToStop(services: readonly RunningService[], { asked }: StopSignals): Promise<void> {
  await asked;
  await Promise.all(services.map((service) => service.stop(GRACE_SECONDS)));
}

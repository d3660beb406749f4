import type { ServiceLog } from '../../log/service-log.js';
import type { CancelTimer, Clock } from '../../values/clock.js';

/** The source of the problem, and the log that is told of it. */
export interface SayReadyOptions {
  /** Why pushes cannot be kept; undefined while they can. */
  readonly problem: () => string | undefined;
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Further fields of both log lines. */
  readonly fields: Readonly<Record<string, string>>;
}

/** How often the problem is looked at while there is one, in seconds. */
const LOOK_SECONDS = 0.5;

/**
 * Logs that the pushgateway is ready once pushes can be kept, and before that, where they cannot, that it is not. What
 * happens to the store later is not said here. The result ends the wait.
 */
export function sayReady({ problem, clock, log, fields }: SayReadyOptions): CancelTimer {
  let cancel: CancelTimer = () => undefined;
  const look = (): void => {
    if (problem() === undefined) log.info('Pushgateway is ready', fields);
    else cancel = clock.after(LOOK_SECONDS, look);
  };
  const found = problem();
  if (found !== undefined) {
    log.warn('Pushgateway is not ready: it refuses pushes and answers /-/ready with 503', { ...fields, err: found });
  }
  look();
  return () => {
    cancel();
  };
}

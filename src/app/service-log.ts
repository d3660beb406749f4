import type { LogFormat } from '../probe/log-format.js';
import type { LogLevel } from '../probe/probe-log.js';
import { ServiceLog } from '../server/service-log.js';
import type { World } from './world.js';

/** A log of the service's own lines, from `level` up. */
export function serviceLog(level: LogLevel, format: LogFormat, { clock, log }: World): ServiceLog {
  return new ServiceLog({
    level,
    format,
    clock,
    write: (line) => {
      log.push(line);
    },
  });
}

import type { LogFormat } from '../log/log-format.js';
import { ServiceLog } from '../log/service-log.js';
import type { LogLevel } from '../probe/probe-log.js';
import type { Platform } from './platform.js';

/** A log of the service's own lines, from `level` up. */
export function serviceLog(level: LogLevel, format: LogFormat, { clock, log }: Platform): ServiceLog {
  return new ServiceLog({
    level,
    format,
    clock,
    write: (line) => {
      log.push(line);
    },
  });
}

import type { FlagDefinition } from '../flags/flag-definition.js';
import type { FlagValues } from '../flags/flag-values.js';
import { LOG_FORMATS, type LogFormat } from '../log/log-format.js';
import { LOG_LEVELS, type LogLevel } from '../probe/probe-log.js';

/** The levels, for help texts. */
export const LEVEL_WORDS = `[${LOG_LEVELS.join(', ')}]`;

/** The flags of the log of a service. */
export const LOG_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'log.level',
    kind: 'value',
    shown: 'info',
    words: LOG_LEVELS,
    help: `Write the log lines of the service from this level up: one of ${LEVEL_WORDS}.`,
  },
  {
    name: 'log.format',
    kind: 'value',
    shown: 'logfmt',
    words: LOG_FORMATS,
    help: `Form of log lines: one of [${LOG_FORMATS.join(', ')}].`,
  },
];

/** Reads level and format of the log from the flags. Throws UsageError for unknown values. */
export function readLogOptions(values: FlagValues): { readonly logLevel: LogLevel; readonly logFormat: LogFormat } {
  return {
    logLevel: values.choice('log.level', 'info', { words: LOG_LEVELS, what: 'log level', anyCase: true }),
    logFormat: values.choice('log.format', 'logfmt', { words: LOG_FORMATS, what: 'log format' }),
  };
}

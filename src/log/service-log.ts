import type { Fields } from '../probe/fields.js';
import { LOG_LEVELS, type LogEntry, type LogLevel } from '../probe/probe-log.js';
import type { Clock } from '../values/clock.js';
import { type LogFormat, logFormatters } from './log-format.js';

/** The lines that a service logs, their format, and where they go. */
export interface ServiceLogOptions {
  /** Lines below are not written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
  /** Takes a line with its line feed; must neither block nor throw. */
  readonly write: (line: string) => void;
}

/** The log of the service itself. */
export class ServiceLog {
  readonly #options: ServiceLogOptions;
  readonly #lowest: number;

  constructor(options: ServiceLogOptions) {
    this.#options = options;
    this.#lowest = LOG_LEVELS.indexOf(options.level);
  }

  debug(message: string, fields?: Fields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: Fields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: Fields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.#log('error', message, fields);
  }

  /** Writes an entry that somebody else made, with `context` before its own fields. */
  pass(entry: LogEntry, context?: Fields): void {
    if (LOG_LEVELS.indexOf(entry.level) < this.#lowest) return;
    this.#options.write(`${logFormatters[this.#options.format](entry, context)}\n`);
  }

  #log(level: LogLevel, message: string, fields: Fields = {}): void {
    this.pass({ wallSeconds: this.#options.clock.wallSeconds(), level, message, fields });
  }
}

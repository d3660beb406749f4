import type { Clock } from '../values/clock.js';
import { shownText } from '../values/shown-text.js';
import type { Fields } from './fields.js';
import { shownFields } from './shown-fields.js';
import { maskTexts } from './text-mask.js';
import type { UsedSecrets } from './used-secrets.js';

/** The log levels, the least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** How important a log line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of a log, as data; text is made of it only when somebody reads it. */
export interface LogEntry {
  readonly wallSeconds: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

const NO_FIELDS: Fields = {};

/**
 * The log of one probe, its texts cut where they are too long to be shown: kept for `debug=true` and the history, and
 * passed on to `sink` as it is written.
 */
export class ProbeLog {
  readonly #entries: LogEntry[] = [];
  readonly #clock: Clock;
  readonly #sink: ((entry: LogEntry) => void) | undefined;
  readonly #secrets: Pick<UsedSecrets, 'mask'> | undefined;

  /** The mask of `secrets` is applied before texts are cut. */
  constructor(clock: Clock, sink?: (entry: LogEntry) => void, secrets?: Pick<UsedSecrets, 'mask'>) {
    this.#clock = clock;
    this.#sink = sink;
    this.#secrets = secrets;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  debug(message: string, fields: Fields = NO_FIELDS): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields: Fields = NO_FIELDS): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields: Fields = NO_FIELDS): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields: Fields = NO_FIELDS): void {
    this.write('error', message, fields);
  }

  write(level: LogLevel, message: string, fields: Fields): void {
    const mask = this.#secrets?.mask;
    const masked = mask === undefined ? { message, fields } : maskTexts({ message, fields }, mask);
    const [shown, shownWith] = [shownText(masked.message), shownFields(masked.fields)];
    const entry = { wallSeconds: this.#clock.wallSeconds(), level, message: shown, fields: shownWith };
    this.#entries.push(entry);
    this.#sink?.(entry);
  }
}

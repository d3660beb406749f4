import type { Clock } from '../../values/clock.js';

/** Reading that takes less than this is not worth a line. */
const SECONDS_A_LINE = 5;

interface ReadingOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly notify: (line: {
    readonly level: 'info';
    readonly message: string;
    readonly fields: Readonly<Record<string, string | number>>;
  }) => void;
}

/** Logs every few seconds how far the reading of a large store has come. */
export class ReadingProgress {
  readonly #options: ReadingOptions;
  #saidAt: number;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#saidAt = options.clock.monotonicSeconds();
  }

  /** Notes how many of `inAll` records have been read; `inAll` is undefined if it is not known. */
  note(records: number, inAll: number | undefined): void {
    const { folder, clock, notify } = this.#options;
    const now = clock.monotonicSeconds();
    if (now - this.#saidAt < SECONDS_A_LINE) return;
    this.#saidAt = now;
    const fields = { store: folder, records_read: records, ...(inAll !== undefined && { records: inAll }) };
    notify({ level: 'info', message: 'Reading what was kept', fields });
  }
}

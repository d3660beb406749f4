import type { CancelTimer, Clock } from '../values/clock.js';

export interface AutoReloadOptions {
  /** Seconds from the end of one reload to the beginning of the next; zero means never. */
  readonly intervalSeconds: number;
  readonly clock: Clock;
  /** Reloads, and says in the log how it went; a rejection is left to the caller's own handling of `onError`. */
  readonly reload: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** Reloads the configuration again and again, never twice at once. Whoever starts it stops it. */
export class AutoReload {
  readonly #options: AutoReloadOptions;
  #cancel: CancelTimer | undefined;
  #running = false;

  constructor(options: AutoReloadOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running || this.#options.intervalSeconds <= 0) return;
    this.#running = true;
    this.#schedule();
  }

  /** Lets a reload that is under way finish, and starts no other. */
  stop(): void {
    this.#running = false;
    this.#cancel?.();
  }

  #schedule(): void {
    if (!this.#running) return;
    const { clock, intervalSeconds, reload, onError } = this.#options;
    this.#cancel = clock.after(intervalSeconds, () => {
      void reload()
        .catch(onError)
        .finally(() => {
          this.#schedule();
        });
    });
  }
}

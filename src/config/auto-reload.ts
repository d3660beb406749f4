import type { CancelTimer, Clock } from '../values/clock.js';

/** How often the configuration is reloaded, and how. */
export interface AutoReloadOptions {
  /** The seconds from the end of one reload to the start of the next; zero means never. */
  readonly intervalSeconds: number;
  readonly clock: Clock;
  /** Reloads and logs the result. If it rejects, `onError` is called with the error. */
  readonly reload: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** Reloads the configuration at intervals, one reload at a time. The code that starts it must stop it. */
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

  /** Starts no further reload; a running one finishes. */
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

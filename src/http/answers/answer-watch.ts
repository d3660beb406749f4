import type { WebResponse } from '../exchange.js';
import { ANSWER_LIMITS } from '../listeners/server-limits.js';

/**
 * The answers of one listener that are under way. Those that are complete but that nobody takes are cut off, so that
 * they do not stay in memory.
 */
export class AnswerWatch {
  /** Since when an answer has been complete, on the clock of `performance.now()`; undefined while it is being made. */
  readonly #open = new Map<WebResponse, number | undefined>();
  readonly #limits;
  #sweeps: NodeJS.Timeout | undefined;

  constructor(limits = ANSWER_LIMITS) {
    this.#limits = limits;
  }

  add(response: WebResponse): void {
    this.#sweeps ??= setInterval(() => {
      this.#sweep();
    }, this.#limits.stalledMs / 4).unref();
    this.#open.set(response, undefined);
    response.once('close', () => this.#open.delete(response));
  }

  close(): void {
    clearInterval(this.#sweeps);
  }

  #sweep(): void {
    const now = performance.now();
    for (const [response, completeSince] of this.#open) {
      if (!response.writableEnded) continue;
      if (completeSince === undefined) this.#open.set(response, now);
      else if (now - completeSince >= this.#limits.stalledMs) response.destroy();
    }
  }
}

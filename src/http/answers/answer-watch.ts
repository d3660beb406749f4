import { OpenList } from '../../values/lists/open-list.js';
import { cutTurns } from '../cut-turns.js';
import type { WebResponse } from '../exchange.js';
import { ANSWER_LIMITS } from '../listeners/server-limits.js';

interface OpenAnswer {
  readonly response: WebResponse;
  /** Since when it has been complete, on the clock of `performance.now()`; undefined while it is being made. */
  completeSince: number | undefined;
}

/**
 * The answers of one listener that are under way. Those that are complete but that nobody takes are cut off, so that
 * they do not stay in memory.
 */
export class AnswerWatch {
  readonly #open = new OpenList<OpenAnswer>();
  readonly #limits;
  #sweeps: NodeJS.Timeout | undefined;

  constructor(limits = ANSWER_LIMITS) {
    this.#limits = limits;
  }

  add(response: WebResponse): void {
    this.#sweeps ??= setInterval(() => {
      void this.#sweep();
    }, this.#limits.stalledMs / 4).unref();
    const place = this.#open.add({ response, completeSince: undefined });
    response.on('close', () => {
      this.#open.remove(place);
    });
  }

  close(): void {
    clearInterval(this.#sweeps);
  }

  async #sweep(): Promise<void> {
    const now = performance.now();
    for (const answer of this.#open.all()) {
      if (cutTurns.isOver()) await cutTurns.next();
      if (!answer.response.writableEnded) continue;
      answer.completeSince ??= now;
      if (now - answer.completeSince >= this.#limits.stalledMs) answer.response.destroy();
    }
  }
}

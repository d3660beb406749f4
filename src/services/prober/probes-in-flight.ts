import type { ProbeEnd } from '../../probe/probe-abort.js';
import { OpenList } from '../../values/lists/open-list.js';

/** The probes that are running now, so that they can be counted, and ended when the service has to go. */
export class ProbesInFlight {
  readonly #running = new OpenList<ProbeEnd>();

  get count(): number {
    return this.#running.size;
  }

  /** Runs `probe`, whose end `cancelAll` may bring about as well as the caller. */
  async track<T>(end: ProbeEnd, probe: () => Promise<T>): Promise<T> {
    const place = this.#running.add(end);
    try {
      return await probe();
    } finally {
      this.#running.remove(place);
    }
  }

  cancelAll(): void {
    for (const end of this.#running.all()) end.cancel();
  }
}

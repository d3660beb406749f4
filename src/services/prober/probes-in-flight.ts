import type { ProbeEnd } from '../../probe/probe-abort.js';
import { OpenList, type OpenPlace } from '../../values/lists/open-list.js';

/** The probes that are running now, so that they can be counted, and ended when the service has to go. */
export class ProbesInFlight {
  readonly #running = new OpenList<ProbeEnd>();

  get count(): number {
    return this.#running.size;
  }

  /** A probe begins, whose end `cancelAll` may bring about as well as the caller. Its place has to be left. */
  enter(end: ProbeEnd): OpenPlace<ProbeEnd> {
    return this.#running.add(end);
  }

  leave(place: OpenPlace<ProbeEnd>): void {
    this.#running.remove(place);
  }

  cancelAll(): void {
    for (const end of this.#running.all()) end.cancel();
  }
}

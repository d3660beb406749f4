/** The probes that are running now, so that they can be counted, and ended when the service has to go. */
export class ProbesInFlight {
  readonly #running = new Set<AbortController>();

  get count(): number {
    return this.#running.size;
  }

  /** Runs `probe` with a signal that is aborted by `cancelAll` and may be aborted by the caller's own controller. */
  async track<T>(controller: AbortController, probe: (cancelled: AbortSignal) => Promise<T>): Promise<T> {
    this.#running.add(controller);
    try {
      return await probe(controller.signal);
    } finally {
      this.#running.delete(controller);
    }
  }

  cancelAll(): void {
    for (const controller of this.#running) controller.abort();
  }
}

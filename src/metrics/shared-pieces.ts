/** An empty piece: the caller may yield to the event loop. */
export const PAUSE = Buffer.alloc(0);

/** Bytes that are made in pieces on demand, once for all readers. Empty pieces are pauses, and are not kept. */
export class SharedPieces {
  readonly #made: Buffer[] = [];
  #rest: Iterator<Buffer> | undefined;

  constructor(pieces: Iterable<Buffer>) {
    this.#rest = pieces[Symbol.iterator]();
  }

  /** Yields the pieces from the beginning; every reader has its own place. */
  *read(): Generator<Buffer> {
    for (let at = 0; ; at++) {
      while (at === this.#made.length) {
        const step = this.#rest?.next() ?? { done: true };
        if (step.done === true) {
          this.#rest = undefined;
          return;
        }
        if (step.value.length > 0) this.#made.push(step.value);
        else yield PAUSE;
      }
      yield this.#made[at] ?? PAUSE;
    }
  }
}

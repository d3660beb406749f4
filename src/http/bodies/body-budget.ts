/** Bytes that every request may hold without asking. */
const FREE_BYTES = 1024 * 1024;

/**
 * The memory for the bodies of all requests together. Small bodies are let in as long as there is any room for them:
 * large ones cannot crowd them out.
 */
export class BodyBudget {
  readonly #largeLimit: number;
  readonly #smallLimit: number;
  #large = 0;
  #small = 0;

  constructor({ largeBytes, smallBytes }: { readonly largeBytes: number; readonly smallBytes: number }) {
    this.#largeLimit = largeBytes;
    this.#smallLimit = smallBytes;
  }

  /** Begins a request that holds nothing yet. */
  open(): BodyShare {
    return new BodyShare((small, large) => this.#take(small, large));
  }

  #take(small: number, large: number): boolean {
    if (this.#small + small > this.#smallLimit || this.#large + large > this.#largeLimit) return false;
    this.#small += small;
    this.#large += large;
    return true;
  }
}

/** The share of a BodyBudget that one request holds. */
export class BodyShare {
  readonly #take: (small: number, large: number) => boolean;
  #bytes = 0;

  constructor(take: (small: number, large: number) => boolean) {
    this.#take = take;
  }

  /** Reserves `bytes` more; false if there is no room. */
  add(bytes: number): boolean {
    const before = this.#bytes;
    const after = before + bytes;
    const small = Math.min(after, FREE_BYTES) - Math.min(before, FREE_BYTES);
    if (!this.#take(small, bytes - small)) return false;
    this.#bytes = after;
    return true;
  }

  /** Gives everything back. */
  close(): void {
    const small = Math.min(this.#bytes, FREE_BYTES);
    this.#take(-small, small - this.#bytes);
    this.#bytes = 0;
  }
}

import type { Field } from './hpack-encoder.js';
import type { Http2Head } from './read-head.js';

/** The answer as it arrives, for one reader at a time: the head, then the body in pieces, then the end or an error. */
export class Answer {
  readonly #chunks: Buffer[] = [];
  #hasBegun = false;
  #head: Http2Head | undefined;
  #isComplete = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** The trailers of a complete answer. */
  trailers: readonly Field[] | undefined;
  /** The bytes of the body that have not been read yet. */
  queuedBytes = 0;

  /** The first header has come, if only that of an interim answer. */
  begin(): void {
    this.#hasBegun = true;
    this.#notify();
  }

  setHead(head: Http2Head): void {
    this.#head = head;
    this.#notify();
  }

  add(chunk: Buffer): void {
    if (this.isOver) return;
    this.#chunks.push(chunk);
    this.queuedBytes += chunk.length;
    this.#notify();
  }

  complete(): void {
    this.#isComplete = true;
    this.#notify();
  }

  /** The first error counts; one after the end does not. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.#error = error;
    this.#notify();
  }

  /** The reader has given up: queued data is dropped as well. */
  abort(reason: Error): void {
    this.#chunks.length = 0;
    this.queuedBytes = 0;
    this.#isComplete = false;
    this.#error = reason;
    this.#notify();
  }

  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether the answer is complete or has failed: nothing that comes later matters. */
  get isOver(): boolean {
    return this.#isComplete || this.#error !== undefined;
  }

  async untilBegun(): Promise<void> {
    while (!this.#hasBegun) await this.#change();
  }

  async untilHead(): Promise<Http2Head> {
    for (;;) {
      if (this.#head !== undefined) return this.#head;
      await this.#change();
    }
  }

  /** The next piece of the body; undefined at its end. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.queuedBytes -= chunk.length;
        return chunk;
      }
      if (this.#isComplete) return undefined;
      await this.#change();
    }
  }

  async #change(): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** Messages up to this many bytes are decoded in one go: a part of a text keeps the whole alive. */
const LONGEST_WHOLE = 4096;
/** Longer values are decoded by themselves. */
const LONGEST_PART = 64;

/** The texts of one message, whose values are short and many: one decoding for all that are ASCII. */
export class RowTexts {
  readonly #message: Buffer;
  readonly #whole: string;

  constructor(message: Buffer) {
    this.#message = message;
    this.#whole = message.length > LONGEST_WHOLE ? '' : message.toString('latin1');
  }

  /** The UTF-8 text from `start` to before `end`, which must be within the message. */
  text(start: number, end: number): string {
    if (end - start > LONGEST_PART || end > this.#whole.length) return this.#message.toString('utf8', start, end);
    for (let at = start; at < end; at++) {
      if (this.#whole.charCodeAt(at) > 0x7f) return this.#message.toString('utf8', start, end);
    }
    return this.#whole.slice(start, end);
  }
}

import { inspect } from 'node:util';

/** The text that is shown in place of a secret. */
export const MASK = '<secret>';

/** A value that must never be shown: printing and serialising it gives the mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the secret, for the code that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

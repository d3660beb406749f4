import { inspect } from 'node:util';

/** What is shown in place of a secret. */
export const MASK = '<secret>';

/** A value that must never be seen: whatever prints or serialises it shows the mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the one place that sends it. */
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

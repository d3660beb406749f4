import { parseGoDuration } from '../values/duration.js';
import { parseGoFloat, parseGoUint } from '../values/go/go-number.js';
import { type ParsedFlags, UsageError } from './flag-definition.js';

/** The words that a flag takes. */
export interface Choice<T extends string> {
  readonly words: readonly T[];
  /** What they are words for. */
  readonly what: string;
  /** Whether the letter case does not matter. */
  readonly anyCase?: boolean;
}

/** The values of flags as what they mean; a bad one throws UsageError with the flag's name. */
export class FlagValues {
  readonly #flags: ParsedFlags;

  constructor(flags: ParsedFlags) {
    this.#flags = flags;
  }

  text(name: string, fallback: string): string {
    return this.#flags.values.get(name)?.at(-1) ?? fallback;
  }

  /** Returns at least one value: `fallback` if the flag was not given. */
  texts(name: string, fallback: string): readonly string[] {
    return this.#flags.values.get(name) ?? [fallback];
  }

  /** Returns all values that were given for a repeatable flag, in order. */
  given(name: string): readonly string[] {
    return this.#flags.values.get(name) ?? [];
  }

  /**
   * Throws UsageError if one of these flags has a value, and says that it needs `needed`. For flags that would have no
   * effect. An empty value counts as none, as templates of command lines write it.
   */
  assertNone(names: readonly string[], needed: string): void {
    const name = names.find((each) => this.given(each).some((text) => text !== ''));
    if (name !== undefined) throw new UsageError(`flag '--${name}' has no effect without ${needed}`);
  }

  isOn(name: string): boolean {
    return this.text(name, 'false') === 'true';
  }

  /** A number in Go's syntax. */
  float(name: string, fallback: number): number {
    const text = this.#flags.values.get(name)?.at(-1);
    return text === undefined ? fallback : this.#read(name, () => parseGoFloat(text));
  }

  /** A whole number from zero up, in Go's syntax. */
  uint(name: string, fallback: number): number {
    const text = this.#flags.values.get(name)?.at(-1);
    return text === undefined ? fallback : this.#read(name, () => parseGoUint(text));
  }

  /** Seconds of a duration in Go's notation, from zero up; 0 alone is one. */
  duration(name: string, fallback: number): number {
    const text = this.#flags.values.get(name)?.at(-1);
    if (text === undefined) return fallback;
    const seconds = this.#read(name, () => parseGoDuration(text));
    if (seconds >= 0) return seconds;
    throw new UsageError(`invalid value for flag '--${name}': a duration cannot be negative`);
  }

  /** One of a few words; `what` says what they are words for. */
  choice<T extends string>(name: string, fallback: T, { words, what, anyCase = false }: Choice<T>): T {
    const text = this.text(name, fallback);
    const choice = words.find((word) => word === (anyCase ? text.toLowerCase() : text));
    if (choice !== undefined) return choice;
    throw new UsageError(
      `invalid value for flag '--${name}': unrecognized ${what} ${text}; it may be ${words.join(', ')}`,
    );
  }

  #read<T>(name: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new UsageError(`invalid value for flag '--${name}': ${error.message}`);
    }
  }
}

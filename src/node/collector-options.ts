import { parseGoDuration } from '../values/duration.js';
import { parseGoFloat } from '../values/go/go-number.js';

/** A flag of one collector. */
export type CollectorFlag = {
  /** The name without `--collector.`, such as `filesystem.mount-timeout`. */
  readonly name: string;
  readonly help: string;
  /** An older name of upstream's: accepted, but not shown in the help. */
  readonly isHidden?: true;
} & (
  | { readonly kind: 'switch'; readonly default: boolean }
  | { readonly kind: 'value'; readonly default: string; readonly holds?: 'number' | 'duration' }
  | { readonly kind: 'repeatable' }
);

/**
 * The values of the collectors' flags, by the names in CollectorFlag: from the command line, or the defaults. An
 * invalid value throws an Error that names the flag.
 */
export class CollectorOptions {
  readonly #flags: ReadonlyMap<string, CollectorFlag>;
  readonly #given: ReadonlyMap<string, readonly string[]>;

  /** `given` has the values on the command line; a switch has `true` or `false`. */
  constructor(flags: readonly CollectorFlag[], given: ReadonlyMap<string, readonly string[]>) {
    this.#flags = new Map(flags.map((flag) => [flag.name, flag]));
    this.#given = given;
  }

  /** Whether the flag was given on the command line. */
  isGiven(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string {
    const flag = this.#flags.get(name);
    if (flag?.kind !== 'value') throw new Error(`Cannot read "${name}": no collector has such a flag with a value`);
    return this.#given.get(name)?.at(-1) ?? flag.default;
  }

  /** Returns the values in their order; none if the flag was not given. */
  texts(name: string): readonly string[] {
    const flag = this.#flags.get(name);
    if (flag?.kind !== 'repeatable') throw new Error(`Cannot read "${name}": no collector has such a repeatable flag`);
    return this.#given.get(name) ?? [];
  }

  isOn(name: string): boolean {
    const flag = this.#flags.get(name);
    if (flag?.kind !== 'switch') throw new Error(`Cannot read "${name}": no collector has such a switch`);
    const given = this.#given.get(name)?.at(-1);
    return given === undefined ? flag.default : given === 'true';
  }

  /** Returns a number in Go's syntax. */
  number(name: string): number {
    return this.#read(name, parseGoFloat);
  }

  /** Returns a duration in Go's syntax (`5s`, `1m30s`) in seconds. */
  seconds(name: string): number {
    return this.#read(name, parseGoDuration);
  }

  /**
   * Throws an Error for a given value that is no number or no duration where the flag holds one, as upstream does also
   * where nobody uses it.
   */
  assertReadable(): void {
    for (const flag of this.#flags.values()) {
      if (flag.kind !== 'value' || !this.#given.has(flag.name)) continue;
      if (flag.holds === 'number') this.number(flag.name);
      if (flag.holds === 'duration') this.seconds(flag.name);
    }
  }

  #read<T>(name: string, parse: (text: string) => T): T {
    try {
      return parse(this.text(name));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Error(`invalid value for flag '--collector.${name}': ${error.message}`, { cause: error });
    }
  }
}

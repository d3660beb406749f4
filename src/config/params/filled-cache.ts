/** How much is kept, in entries and in characters, estimated. */
interface CacheLimits {
  readonly entries: number;
  readonly characters: number;
}

const LIMITS: CacheLimits = { entries: 1000, characters: 16 * 1024 * 1024 };

interface Entry<T> {
  readonly value: T;
  readonly characters: number;
}

/**
 * A cache of values made from texts that clients choose, bounded in entries and characters. The least recently used
 * entry is evicted first.
 */
export class FilledCache<T> {
  readonly #limits: CacheLimits;
  readonly #entries = new Map<string, Entry<T>>();
  #characters = 0;

  constructor(limits: CacheLimits = LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** `characters` is the size of what is kept, beside its key. */
  set(key: string, value: T, characters: number): void {
    this.#drop(key);
    const whole = characters + key.length;
    this.#entries.set(key, { value, characters: whole });
    this.#characters += whole;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries && this.#characters <= this.#limits.characters) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#characters -= this.#entries.get(key)?.characters ?? 0;
    this.#entries.delete(key);
  }
}

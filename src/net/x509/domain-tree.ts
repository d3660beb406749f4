import { asciiReplacer } from '../../values/replace-ascii.js';
import { toLowerAscii } from './domain.js';

/**
 * A set of domains, each with everything below it, that finds the one which contains a name by binary search. The names
 * are reversed and sorted, without those that are inside another one. A domain that begins with a dot contains only
 * what is below it.
 */
export class DomainTree {
  readonly #holdsAll: boolean;
  readonly #entries: readonly Entry[];
  /** The domains without their first labels, for names with wildcards. */
  readonly #parents: ReadonlyMap<string, string>;

  /** An excluded domain also excludes a wildcard name that could match it. */
  constructor(domains: readonly string[], kind: 'permitted' | 'excluded') {
    // The meaning of an empty domain is not specified. As in Go and NSS, it contains everything.
    this.#holdsAll = domains.includes('');
    const all = domains.map((text) => ({ text, key: keyOf(text) }));
    this.#entries = pruned(all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
    this.#parents = new Map(kind === 'permitted' ? [] : this.#entries.flatMap(parentOf));
  }

  /** Returns the domain that contains `name`, or null. */
  find(name: string): string | null {
    if (this.#holdsAll) return '';
    const key = keyOf(name);
    const before = this.#entries[this.#countUpTo(key) - 1];
    if (before !== undefined && isWithin(key, before.key)) return before.text;
    if (!name.startsWith('*')) return null;
    return this.#parents.get(toLowerAscii(name).slice(firstDot(name))) ?? null;
  }

  /** Returns the number of entries that are not after `key`. */
  #countUpTo(key: string): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.key <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Entry {
  readonly text: string;
  readonly key: string;
}

const dotsFirst = asciiReplacer(new Map([['.', '\0']]));

/**
 * Returns the reversed name in lower case. A dot sorts before everything else, so that the names below a domain follow
 * it directly.
 */
function keyOf(name: string): string {
  return dotsFirst(Buffer.from(toLowerAscii(name), 'latin1').reverse().toString('latin1'));
}

/** Whether the name with this key is inside the domain with that one. */
function isWithin(key: string, domain: string): boolean {
  if (!key.startsWith(domain)) return false;
  return key.length === domain.length || domain.endsWith('\0') || key[domain.length] === '\0';
}

function pruned(sorted: readonly Entry[]): readonly Entry[] {
  const kept: Entry[] = [];
  for (const entry of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !isWithin(entry.key, last.key)) kept.push(entry);
  }
  return kept;
}

function parentOf({ text }: Entry): (readonly [string, string])[] {
  const lower = toLowerAscii(text);
  return lower.includes('.') ? [[lower.slice(firstDot(lower)), lower]] : [];
}

function firstDot(text: string): number {
  const dot = text.indexOf('.');
  return dot === -1 ? text.length : dot;
}

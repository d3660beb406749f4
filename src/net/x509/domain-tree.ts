import { toLowerAscii } from './domain.js';

/**
 * Domains, each standing for itself and all below it, in a form in which the one that holds a name is found by bisection: the names read
 * from their ends, sorted, those left out that another one holds. A domain that begins with a dot stands for what is below it only.
 */
export class DomainTree {
  readonly #holdsAll: boolean;
  readonly #entries: readonly Entry[];
  /** What is left of each domain without its first label, for wildcards among the names. */
  readonly #parents: ReadonlyMap<string, string>;

  /** An excluded domain also excludes a wildcard that could stand for it. */
  constructor(domains: readonly string[], kind: 'permitted' | 'excluded') {
    // The meaning of an empty one is not specified; it holds everything, as for Go and NSS.
    this.#holdsAll = domains.includes('');
    const all = domains.map((text) => ({ text, key: keyOf(text) }));
    this.#entries = pruned(all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
    this.#parents = new Map(kind === 'permitted' ? [] : this.#entries.flatMap(parentOf));
  }

  /** The domain that holds `name`; null if none does. */
  find(name: string): string | null {
    if (this.#holdsAll) return '';
    const key = keyOf(name);
    const before = this.#entries[this.#countUpTo(key) - 1];
    if (before !== undefined && isWithin(key, before.key)) return before.text;
    if (!name.startsWith('*')) return null;
    return this.#parents.get(toLowerAscii(name).slice(firstDot(name))) ?? null;
  }

  /** How many entries are not after `key`. */
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

/** The name backwards, in lower case; a dot sorts before everything, so that what is below a domain follows it at once. */
function keyOf(name: string): string {
  return Buffer.from(toLowerAscii(name), 'latin1').reverse().toString('latin1').replaceAll('.', '\0');
}

/** Whether the name with this key lies in the domain with that one. */
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

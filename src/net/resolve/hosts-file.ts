import { parseIpAddress } from '../../values/address/ip-address.js';
import type { Steps } from '../../values/in-slices.js';

/** An address of a name. */
export interface HostsEntry {
  readonly family: 4 | 6;
  readonly text: string;
}

/** A map that becomes larger is made anew, which takes some 50 ms for 500,000 names. */
const MAPS = 64;
/** Lists of blocked hosts have up to some 500,000 in all; a name takes about 100 bytes. */
const MOST_NAMES_A_MAP = 16_384;
/** Nobody tries more addresses of a name than a few, and each look-up goes through all. */
const MOST_ENTRIES = 64;

/** Addresses by name, in the order of the file. */
export class HostsTable {
  readonly #maps = Array.from({ length: MAPS }, () => new Map<string, readonly HostsEntry[]>());

  /** The addresses of a name, whose letter case does not matter. */
  get(name: string): readonly HostsEntry[] | undefined {
    const key = keyOf(name);
    return this.#mapOf(key)?.get(key);
  }

  /** Adds addresses of a name; those beyond the limits are left out. */
  add(name: string, entries: readonly HostsEntry[]): void {
    const key = keyOf(name);
    const map = this.#mapOf(key);
    const known = map?.get(key);
    if (known === undefined && (map?.size ?? 0) < MOST_NAMES_A_MAP) map?.set(key, entries);
    else if (known !== undefined && known.length < MOST_ENTRIES) map?.set(key, [...known, ...entries]);
  }

  #mapOf(key: string): Map<string, readonly HostsEntry[]> | undefined {
    let hash = 0;
    for (let at = 0; at < key.length; at++) hash = (hash * 31 + key.charCodeAt(at)) | 0;
    return this.#maps[(hash ^ (hash >>> 12)) & (MAPS - 1)];
  }
}

/** By the rules of Go's resolver, the final dot of `a.b.` does not matter, but `a.` is another name than `a`. */
function keyOf(name: string): string {
  const key = name.toLowerCase();
  return key.indexOf('.') < key.length - 1 ? key.replace(/\.$/, '') : key;
}

/** A step takes some 20 µs. */
const WORDS_A_STEP = 64;

/**
 * Reads the format of /etc/hosts (hosts(5)); lines that do not begin with an address are skipped.
 */
export function* parseHosts(text: string): Steps<HostsTable> {
  const words = new Words(text);
  const table = new HostsTable();
  let alone: readonly HostsEntry[] = [];
  let count = 0;
  for (let isFirst = true; !words.isOver; isFirst = words.isAtLineEnd) {
    if (++count % WORDS_A_STEP === 0) yield;
    const word = words.next();
    if (isFirst) alone = entriesOf(word, alone);
    if (isFirst && alone.length === 0) words.skipLine();
    else if (!isFirst && word !== '') table.add(word, alone);
  }
  return table;
}

/** A list of one entry. Lists of blocked hosts have one address for all: the names share the list. */
function entriesOf(address: string, last: readonly HostsEntry[]): readonly HostsEntry[] {
  if (last[0]?.text === address) return last;
  const parsed = parseIpAddress(address);
  return parsed === undefined ? [] : [{ family: parsed.family, text: parsed.text }];
}

const [TAB, LINE_FEED, RETURN, SPACE, HASH] = [0x09, 0x0a, 0x0d, 0x20, 0x23];

/** The words of a file line by line, without comments. */
class Words {
  readonly #text: string;
  #at = 0;
  #isAtLineEnd = true;

  constructor(text: string) {
    this.#text = text;
  }

  get isOver(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Whether the last word was that of its line. */
  get isAtLineEnd(): boolean {
    return this.#isAtLineEnd;
  }

  /** The next word; empty where a line has none. */
  next(): string {
    this.#isAtLineEnd = false;
    this.#passBlanks();
    const start = this.#at;
    while (!isEnd(this.#text.charCodeAt(this.#at))) this.#at++;
    const word = this.#text.slice(start, this.#at);
    this.#passBlanks();
    const next = this.#text.charCodeAt(this.#at);
    if (next === LINE_FEED || next === HASH) this.skipLine();
    return word;
  }

  /** Passes what is left of the line of the last word. */
  skipLine(): void {
    if (this.#isAtLineEnd) return;
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end + 1;
    this.#isAtLineEnd = true;
  }

  #passBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === RETURN;
}

/** Whether no word has such a character; the code behind the text is NaN. */
function isEnd(code: number): boolean {
  return isBlank(code) || code === LINE_FEED || code === HASH || Number.isNaN(code);
}

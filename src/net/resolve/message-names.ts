const LONGEST_NAME_OCTETS = 255;
/** As many as Go's resolver follows. */
const MOST_POINTERS = 10;

const POINTER = 0xc0;
const RESERVED = 0x40;
const DOT = 0x2e;

/** What an entry of #octets says instead: nothing yet, or that no name begins there. */
const UNKNOWN = 0;
const BROKEN = 0xffff;
/** The root alone. All others are octets of labels beside it. */
const ROOT = 1;

/**
 * The names of one DNS message. Each label is looked at once, however many names lead to it: a message of 64 KiB has
 * room for 5,000 names that all go on in the same 127 labels.
 */
export class MessageNames {
  readonly bytes: Buffer;
  /** Of each label or pointer that was met: the octets from there on, with that of the root. */
  readonly #octets: Uint16Array;
  /** The pointers from there on. */
  readonly #pointers: Uint8Array;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#octets = new Uint16Array(bytes.length);
    this.#pointers = new Uint8Array(bytes.length);
  }

  /**
   * Whether there is a whole name, with all that its pointers lead to, by the rules of Go's resolver: no dot within a
   * label, since such a name reads like another one.
   */
  isName(start: number): boolean {
    const met: number[] = [];
    let at: number | undefined = start;
    // What was met counts as broken until the end is known, so that a loop is.
    for (; at !== undefined && this.#octetsAt(at) === UNKNOWN; at = this.#behind(at)) {
      met.push(at);
      this.#octets[at] = BROKEN;
    }
    let octets = at === undefined ? BROKEN : this.#octetsAt(at);
    let pointers = at === undefined ? 0 : (this.#pointers[at] ?? 0);
    for (let each = met.pop(); each !== undefined && octets !== BROKEN; each = met.pop()) {
      const length = this.bytes[each] ?? 0;
      if (length >= POINTER) pointers++;
      else octets += length + 1;
      if (pointers > MOST_POINTERS || octets > LONGEST_NAME_OCTETS) break;
      this.#octets[each] = octets;
      this.#pointers[each] = pointers;
    }
    return this.#octetsAt(start) !== BROKEN;
  }

  /** The offset behind a name, whose pointer is not followed; undefined if it is broken before. */
  end(start: number): number | undefined {
    const bytes = this.bytes;
    for (let at = start; at < bytes.length;) {
      const length = bytes[at++] ?? 0;
      if (length === 0) return at;
      if (length >= POINTER) return at < bytes.length ? at + 1 : undefined;
      if (length >= RESERVED) return undefined;
      at += length;
    }
    return undefined;
  }

  /** The text of a name, with whatever octets its labels have; empty for the root and for a broken name. */
  text(start: number): string {
    if (!this.isName(start)) return '';
    const labels: string[] = [];
    let at = start;
    for (let length = this.bytes[at] ?? 0; length > 0; length = this.bytes[at] ?? 0) {
      if (length >= POINTER) {
        at = this.#target(at);
      } else {
        labels.push(this.bytes.toString('utf8', at + 1, at + 1 + length));
        at += 1 + length;
      }
    }
    return labels.join('.');
  }

  #octetsAt(at: number): number {
    if (at >= this.bytes.length) return BROKEN;
    return this.bytes[at] === 0 ? ROOT : (this.#octets[at] ?? BROKEN);
  }

  /** Where the name goes on behind a label or pointer; undefined if that is broken. */
  #behind(at: number): number | undefined {
    const length = this.bytes[at] ?? 0;
    if (length >= POINTER) return at + 1 < this.bytes.length ? this.#target(at) : undefined;
    const end = at + 1 + length;
    if (length >= RESERVED || end > this.bytes.length) return undefined;
    for (let each = at + 1; each < end; each++) if (this.bytes[each] === DOT) return undefined;
    return end;
  }

  #target(at: number): number {
    return this.bytes.readUInt16BE(at) & 0x3fff;
  }
}

/** A place in an OpenList, for taking out what stands there. */
export interface OpenPlace<T> {
  readonly item: T;
}

interface Link<T> extends OpenPlace<T> {
  before: Link<T> | undefined;
  after: Link<T> | undefined;
  isIn: boolean;
}

/**
 * Things that come and go all the time, in the order in which they came. A Set or Map is slow for these: V8 makes a new
 * table every few changes, and the table before points to it. Once a table of that chain is in the old generation, each
 * later one, with everything that was in it, is taken for alive until the next collection of the whole heap, although
 * nobody has it any more. A place that was taken out points to nothing.
 */
export class OpenList<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Puts `item` at the end. */
  add(item: T): OpenPlace<T> {
    const link: Link<T> = { item, before: this.#last, after: undefined, isIn: true };
    if (this.#last === undefined) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    this.#size++;
    return link;
  }

  /** Takes out what `add` of this list has put in; does nothing where it is out already. */
  remove(place: OpenPlace<T>): void {
    // Places are only made by `add`.
    const link = place as Link<T>;
    if (!link.isIn) return;
    const { before, after } = link;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    link.before = undefined;
    link.after = undefined;
    link.isIn = false;
    this.#size--;
  }

  /** Takes out the first item that is `wanted`; undefined if there is none among the first `most`. */
  takeFirst(wanted: (item: T) => boolean = () => true, most = Infinity): T | undefined {
    let left = most;
    for (let link = this.#first; link !== undefined && left > 0; link = link.after, left--) {
      if (!wanted(link.item)) continue;
      this.remove(link);
      return link.item;
    }
    return undefined;
  }

  /** The items as they are now, in order. */
  all(): T[] {
    const items: T[] = [];
    for (let link = this.#first; link !== undefined; link = link.after) items.push(link.item);
    return items;
  }
}

/** An item of a heap, with its time and its index. Only the heap writes them. */
export interface Due {
  /** In the seconds of the monotonic clock. */
  dueSeconds: number;
  /** -1 where it is in no heap. */
  heapIndex: number;
}

/** Items ordered by their time, the earliest first: a binary heap, in which each operation takes O(log n). */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest, if there is any. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Puts an item in, or in its new place if it is in already. */
  put(item: T, dueSeconds: number): void {
    item.dueSeconds = dueSeconds;
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.length;
      this.#items.push(item);
    }
    this.#settle(item);
  }

  /** Takes an item out, wherever it stands. */
  remove(item: T): void {
    const at = item.heapIndex;
    if (at < 0) return;
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#place(last, at);
    this.#settle(last);
  }

  #settle(item: T): void {
    this.#up(item);
    this.#down(item);
  }

  #up(item: T): void {
    for (;;) {
      const parent = this.#items[(item.heapIndex - 1) >> 1];
      if (item.heapIndex === 0 || parent === undefined || parent.dueSeconds <= item.dueSeconds) return;
      this.#swap(item, parent);
    }
  }

  #down(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1];
      const right = this.#items[2 * item.heapIndex + 2];
      const least = left !== undefined && right !== undefined && right.dueSeconds < left.dueSeconds ? right : left;
      if (least === undefined || least.dueSeconds >= item.dueSeconds) return;
      this.#swap(item, least);
    }
  }

  #swap(one: T, other: T): void {
    const at = one.heapIndex;
    this.#place(one, other.heapIndex);
    this.#place(other, at);
  }

  #place(item: T, at: number): void {
    item.heapIndex = at;
    this.#items[at] = item;
  }
}

/** Whoever asks: an address, and one of its connections. */
export interface Asker {
  readonly address: string;
  readonly connection: string;
}

/**
 * What waits for its turn. Addresses have turns one after the other, and so have the connections of each, so that many
 * requests of one connection, or many connections of one address, keep others waiting for few of them.
 */
export class FairQueue<T extends Asker> {
  /** By address, then by connection; none is empty. Whose turn is next comes first. */
  readonly #addresses = new Map<string, Map<string, T[]>>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(item: T): void {
    const { address, connection } = item;
    const connections = this.#addresses.get(address) ?? new Map<string, T[]>();
    const items = connections.get(connection) ?? [];
    items.push(item);
    this.#addresses.set(address, connections.set(connection, items));
    this.#length += 1;
  }

  /** Takes out the item whose turn it is. */
  next(): T | undefined {
    for (const [address, connections] of this.#addresses) {
      for (const [connection, items] of connections) {
        const item = items.shift();
        // What is left goes to the end.
        connections.delete(connection);
        if (items.length > 0) connections.set(connection, items);
        this.#addresses.delete(address);
        if (connections.size > 0) this.#addresses.set(address, connections);
        this.#length -= 1;
        return item;
      }
    }
    return undefined;
  }

  /** Takes an item out if it is there. */
  remove(item: T): void {
    const { address, connection } = item;
    const connections = this.#addresses.get(address);
    const items = connections?.get(connection);
    const at = items?.indexOf(item) ?? -1;
    if (connections === undefined || items === undefined || at < 0) return;
    items.splice(at, 1);
    if (items.length === 0) connections.delete(connection);
    if (connections.size === 0) this.#addresses.delete(address);
    this.#length -= 1;
  }

  /**
   * Takes out the one that would have its turn last: the last one of the connection for which most wait, at the address
   * for which most wait.
   */
  dropLast(): T | undefined {
    let most: readonly [ofAddress: number, ofConnection: number] = [0, 0];
    let last: T | undefined;
    for (const connections of this.#addresses.values()) {
      let ofAddress = 0;
      for (const items of connections.values()) ofAddress += items.length;
      for (const items of connections.values()) {
        const item = items.at(-1);
        const isMore = ofAddress > most[0] || (ofAddress === most[0] && items.length >= most[1]);
        if (item === undefined || !isMore) continue;
        most = [ofAddress, items.length];
        last = item;
      }
    }
    if (last !== undefined) this.remove(last);
    return last;
  }

  clear(): void {
    this.#addresses.clear();
    this.#length = 0;
  }
}

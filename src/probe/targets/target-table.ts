import { mapKey } from '../../values/codec/map-key.js';
import { keyOf, type ProbedTarget, type TargetName, TargetState } from './target-state.js';

/** How many targets are remembered, and how many bytes they take together, estimated. */
export interface TargetLimits {
  readonly targets: number;
  readonly bytes: number;
}

const TARGET_LIMITS: TargetLimits = { targets: 20_000, bytes: 16 * 1024 * 1024 };

/** The effect of one more probe on its target. */
export interface TargetChange {
  readonly state: TargetState;
  /** The id of the previous probe with the same outcome (success or failure), which is no longer the latest. */
  readonly replacedId: number | undefined;
}

/** A target in the list of all, ordered by their last probe. */
interface Place {
  readonly state: TargetState;
  older: Place | undefined;
  newer: Place | undefined;
}

/**
 * The state of every target. Clients can invent targets, so their number and bytes are bounded: targets whose last
 * probe is the oldest are evicted first. The list makes each probe constant time. A Map alone, with the oldest target
 * as its first entry, would skip thousands of deleted entries to find it.
 */
export class TargetTable {
  readonly #limits: TargetLimits;
  /** By mapKey: a map of 500 keys of 16 KiB takes 10 ms when it grows. */
  readonly #places = new Map<string, Place>();
  #oldest: Place | undefined;
  #newest: Place | undefined;
  #bytes = 0;

  constructor(limits: TargetLimits = TARGET_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#places.size;
  }

  /** How many bytes all take, estimated. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Every target, in the order in which they came first. */
  all(): readonly TargetState[] {
    return Array.from(this.#places.values(), ({ state }) => state);
  }

  /** Whether this target is still remembered. */
  has(state: TargetState): boolean {
    return this.#places.get(mapKey(state.key))?.state === state;
  }

  find(name: TargetName): TargetState | undefined {
    return this.#places.get(mapKey(keyOf(name)))?.state;
  }

  add(name: TargetName, probed: ProbedTarget): TargetChange {
    const key = keyOf(name);
    const mapped = mapKey(key);
    let place = this.#places.get(mapped);
    if (place === undefined) {
      place = { state: new TargetState(name, key), older: undefined, newer: undefined };
      this.#places.set(mapped, place);
    } else {
      this.#bytes -= place.state.bytes;
      this.#takeOut(place);
    }
    const { state } = place;
    const replacedId = state.add(probed);
    this.#bytes += state.bytes;
    this.#putLast(place);
    return { state, replacedId };
  }

  /** Forgets what exceeds the limits, and returns it. */
  shrink(): readonly TargetState[] {
    const gone: TargetState[] = [];
    while (this.#places.size > this.#limits.targets || this.#bytes > this.#limits.bytes) {
      const place = this.#oldest;
      if (place === undefined) break;
      this.#takeOut(place);
      this.#places.delete(mapKey(place.state.key));
      this.#bytes -= place.state.bytes;
      gone.push(place.state);
    }
    return gone;
  }

  #takeOut({ older, newer }: Place): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }

  #putLast(place: Place): void {
    place.older = this.#newest;
    place.newer = undefined;
    if (this.#newest === undefined) this.#oldest = place;
    else this.#newest.newer = place;
    this.#newest = place;
  }
}

import type { Sample } from '../metrics/metric-family.js';
import type { GroupingKey } from './pushed-group.js';
import { SERIES_A_STEP, seriesKey } from './series/series-checks.js';
import type { StoredFamily } from './series/stored-family.js';

/** The group of a series, as long as it has the family that the series was found in. */
interface Owner {
  readonly id: string;
  isCurrent: boolean;
}

interface Held {
  readonly key: GroupingKey;
  readonly family: StoredFamily;
}

/** The group that has each series of a name. A family is gone through once, when it is first compared with others. */
export class SeriesOwners {
  #owners = new Map<string, Owner>();
  readonly #ofHeld = new WeakMap<Held, Owner>();
  /** The families whose series are all in `#owners`. */
  readonly #indexed = new Set<Held>();
  /** The series of families that are gone. */
  #stale = 0;

  has(held: Held): boolean {
    return this.#indexed.has(held);
  }

  /** Adds the series of a family in steps, in which it, too, may be forgotten. */
  *index(held: Held): Generator<undefined, void> {
    const owner = this.#ofHeld.get(held) ?? { id: held.key.id, isCurrent: true };
    this.#ofHeld.set(held, owner);
    const owners = this.#owners;
    let count = 0;
    for (const sample of held.family.family.samples) {
      if (count++ % SERIES_A_STEP === 0) yield;
      if (!owner.isCurrent) return;
      owners.set(seriesKey(sample), owner);
    }
    if (owners === this.#owners) this.#indexed.add(held);
    else yield* this.index(held);
  }

  /** The family is gone. Its series are left until there are more of them than of others. */
  forget(held: Held): void {
    const owner = this.#ofHeld.get(held);
    if (owner === undefined) return;
    owner.isCurrent = false;
    this.#indexed.delete(held);
    this.#stale += held.family.family.samples.length;
    if (this.#stale <= this.#owners.size / 2) return;
    this.#owners = new Map();
    this.#indexed.clear();
    this.#stale = 0;
  }

  ownerOf(sample: Sample): Owner | undefined {
    const owner = this.#owners.get(seriesKey(sample));
    return owner?.isCurrent === true ? owner : undefined;
  }
}

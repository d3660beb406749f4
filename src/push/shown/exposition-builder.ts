import type { MetricFamily } from '../../metrics/metric-family.js';
import { inSlices } from '../../values/in-slices.js';
import type { GroupStore } from '../group-store.js';
import type { OwnFamilies } from '../own-families.js';
import { Exposition } from './exposition.js';
import { joinFamily, type PushedPart, PushedParts, type ShownFamily } from './pushed-part.js';

/**
 * Combines the service's own metrics with the pushed ones. It never fails: series that are inconsistent are left out
 * and counted.
 */
export class ExpositionBuilder {
  readonly #own: OwnFamilies;
  readonly #parts: PushedParts;
  #last: PushedPart | undefined;
  /** The part that is being made, and the one after it, for those who came too late for that. */
  #making: Promise<unknown> = Promise.resolve();
  #next: Promise<PushedPart> | undefined;

  constructor({ store, own }: { readonly store: GroupStore; readonly own: OwnFamilies }) {
    this.#own = own;
    this.#parts = new PushedParts({ store, own });
  }

  /** Shows all that had been pushed when it was called, in turns with other work. */
  async build(ownFamilies: readonly MetricFamily[]): Promise<Exposition> {
    this.#own.note(ownFamilies);
    const pushed = await this.#pushedPart();
    const ownByName = new Map(ownFamilies.map((family) => [family.name, family]));
    const own: ShownFamily[] = [];
    for (const family of ownByName.values()) {
      const joined = await inSlices(joinFamily(family, pushed.shown.get(family.name)?.pieces ?? []));
      if (joined.pieces.length > 0) own.push(joined);
    }
    return new Exposition(pushed, own);
  }

  #pushedPart(): Promise<PushedPart> {
    if (this.#last !== undefined && this.#parts.isCurrent(this.#last)) return Promise.resolve(this.#last);
    this.#next ??= this.#making.then(() => {
      this.#next = undefined;
      const made = this.#make();
      this.#making = made.catch(() => undefined);
      return made;
    });
    return this.#next;
  }

  async #make(): Promise<PushedPart> {
    if (this.#last !== undefined && this.#parts.isCurrent(this.#last)) return this.#last;
    return (this.#last = await inSlices(this.#parts.make()));
  }
}

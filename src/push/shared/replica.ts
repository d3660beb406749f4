import { inSlices } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { GroupStore } from '../group-store.js';
import type { GroupChange, GroupingKey } from '../pushed-group.js';
import { CollectedChanges, type CollectLimits } from './collected-changes.js';
import { BEGINNING, type SharedStore, type StorePosition, StoreProblem } from './shared-store.js';

/** The groups of the store in memory. */
export interface ReplicaOptions {
  readonly store: SharedStore;
  /** The groups that scrapes show: only states that the store has had. */
  readonly shown: GroupStore;
  /** The groups by which pushes are judged: `shown`, and the changes that are being tried. */
  readonly working: GroupStore;
  readonly limits: CollectLimits;
  /** Called if the store has lost something that had been read from it. */
  readonly onLoss: (problem: string) => void;
}

/**
 * The most parts in which the store may give its records. Four million, twice the series of one instance, are 4,000
 * parts; a store that gives them one by one, or always has one more, keeps every scrape waiting.
 */
const MOST_PARTS = 20_000;
/** The most times that the store may change its history while it is read. */
const MOST_READINGS = 5;

/** Follows the store, and undoes what it does not agree to. */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #expiring = new Map<string, { readonly key: GroupingKey; readonly atSeconds: number }>();
  /** The time before which no group expires. */
  #nextExpiry = Infinity;
  #position: StorePosition = BEGINNING;
  #hasRead = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** The position of the store when it was last asked. */
  get position(): StorePosition {
    return this.#position;
  }

  /** The groups whose time is over by then. */
  expiredBy(seconds: number): readonly GroupingKey[] {
    if (seconds < this.#nextExpiry) return [];
    const all = [...this.#expiring.values()];
    const over = all.filter(({ atSeconds }) => atSeconds <= seconds);
    // While there are such groups they are looked for again.
    if (over.length === 0) this.#nextExpiry = all.reduce((next, { atSeconds }) => Math.min(next, atSeconds), Infinity);
    return over.map(({ key }) => key);
  }

  /**
   * Reads what changed since, until nothing is left. Resolves to those of the doubtful commits that were done. Nothing
   * may be tried meanwhile. Rejects with StoreProblem; then it is as before.
   */
  async catchUp(doubtful: readonly string[] = []): Promise<readonly string[]> {
    let isWhole = !this.#hasRead;
    for (let reading = 0; reading < MOST_READINGS; reading++) {
      const read = await this.#read(isWhole ? BEGINNING : this.#position, doubtful);
      if (read !== undefined) {
        await (isWhole ? this.#replaceAll(read.collected) : this.#applyAll(read.collected));
        this.#position = read.position;
        this.#hasRead = true;
        this.#checkSize();
        return read.done;
      }
      if (!isWhole)
        this.#options.onLoss('the store in Redis does not know what was read from it, so all is read again');
      isWhole = true;
    }
    throw new StoreProblem('the store in Redis changes its history again and again');
  }

  /** The store has agreed to changes that were made in `working`. */
  keep(changes: readonly GroupChange[], position: StorePosition): void {
    for (const change of changes) {
      this.#options.shown.apply(change);
      this.#noteExpiry(change);
    }
    this.#position = position;
  }

  /** The store has not agreed to changes that were made in `working`. */
  undo(changes: readonly GroupChange[]): void {
    const { shown, working } = this.#options;
    for (const key of new Map(changes.map(({ key }) => [key.id, key])).values()) {
      const group = shown.get(key);
      if (group === undefined) working.delete(key);
      else working.restore(group);
    }
  }

  /** Reads what changed; undefined if the store has no such position. */
  async #read(
    behind: StorePosition,
    doubtful: readonly string[],
  ): Promise<{ collected: CollectedChanges; position: StorePosition; done: readonly string[] } | undefined> {
    const collected = new CollectedChanges(this.#options.limits);
    let position = behind;
    for (let part = 0; part < MOST_PARTS; part++) {
      const read = await this.#options.store.changes(position, doubtful);
      if (read.kind === 'reload') return undefined;
      for (const record of read.records) await collected.add(record);
      if (read.hasMore && read.position.version <= position.version)
        throw new StoreProblem('Redis gives no further records');
      position = read.position;
      if (!read.hasMore) return { collected, position, done: read.done };
    }
    throw new StoreProblem(`Redis gives its records in more than ${MOST_PARTS} parts`);
  }

  async #replaceAll(collected: CollectedChanges): Promise<void> {
    const { shown, working } = this.#options;
    const groups = collected.groups();
    await inSlices(working.restoreAll(groups));
    await inSlices(shown.restoreAll(groups));
    this.#expiring.clear();
    for (const { key, expiresAtSeconds } of groups) this.#setExpiry(key, expiresAtSeconds);
  }

  async #applyAll(collected: CollectedChanges): Promise<void> {
    const { shown, working } = this.#options;
    const changes = [...collected.changes((key) => shown.get(key))];
    for (const change of changes) {
      if (loopTurns.isOver()) await loopTurns.next();
      working.apply(change);
      shown.apply(change);
      this.#noteExpiry(change);
    }
  }

  #noteExpiry(change: GroupChange): void {
    this.#setExpiry(change.key, change.kind === 'delete' ? undefined : change.facts.expiresAtSeconds);
  }

  #setExpiry(key: GroupingKey, atSeconds: number | undefined): void {
    if (atSeconds === undefined) this.#expiring.delete(key.id);
    else {
      this.#expiring.set(key.id, { key, atSeconds });
      this.#nextExpiry = Math.min(this.#nextExpiry, atSeconds);
    }
  }

  /** Throws if the store has more series than this instance may hold: other instances may have larger limits. */
  #checkSize(): void {
    const { shown, limits } = this.#options;
    if (shown.seriesCount <= limits.seriesInAll) return;
    const allowed = `--push.max-total-series=${limits.seriesInAll}`;
    throw new StoreProblem(
      `the groups in Redis have ${shown.seriesCount} series, more than ${allowed} of this instance`,
    );
  }
}

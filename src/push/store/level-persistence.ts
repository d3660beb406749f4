import { messageOf } from '../../values/as-error.js';
import type { Clock } from '../../values/clock.js';
import { inSlices } from '../../values/in-slices.js';
import type { GroupChange, GroupFacts, PushedFamily, PushedGroup } from '../pushed-group.js';
import { storedFamily } from '../series/stored-family.js';
import { ChangeSet, type RecordSource } from './change-set.js';
import { readFamilyRecord, writeFamilyRecord } from './family-record.js';
import type { GroupPersistence } from './group-persistence.js';
import { FACTS_NAME, readFacts, readShelf, shelfOf, writeFacts } from './group-records.js';
import type { StoreNotice } from './open-store.js';
import type { RecordPlace } from './record-key.js';
import { RecordStore } from './record-store.js';
import { storeFolder } from './store-path.js';
import { WriteBehind } from './write-behind.js';

/** Where groups are stored, how soon, and what to do about damage. */
export interface LevelPersistenceOptions {
  /** The flag `--persistence.file`. */
  readonly file: string;
  /** The flag `--persistence.interval`, in seconds. 0 means that a push is on the disk when it is acknowledged. */
  readonly intervalSeconds: number;
  /** If the store is damaged, set a copy aside and continue with what can be read. */
  readonly repair: boolean;
  readonly clock: Clock;
  /** Receives the problems of the open store, and the report of a repair. */
  readonly notify: (notice: StoreNotice) => void;
}

/**
 * Stores groups in a LevelDB beside `--persistence.file`. Each group has one record for its facts and one for each of
 * its families.
 */
export class LevelPersistence implements GroupPersistence {
  readonly #options: LevelPersistenceOptions;
  #store: RecordStore | undefined;
  #behind: WriteBehind | undefined;
  #problem: string | undefined = 'what was kept has not been read yet';
  /** Whether an earlier attempt to load the groups failed. */
  #hasFailed = false;

  constructor(options: LevelPersistenceOptions) {
    this.#options = options;
  }

  get problem(): string | undefined {
    return this.#problem ?? this.#store?.problem;
  }

  /** Loads all groups. After it has rejected, it may be called again. */
  async load(): Promise<readonly PushedGroup[]> {
    const { file, intervalSeconds, clock, notify } = this.#options;
    try {
      const folder = await storeFolder(file);
      const store = new RecordStore({ ...this.#options, folder });
      let reading = new GroupReading();
      await store.open(() => {
        reading = new GroupReading();
        return (place, payload) => reading.add(place, payload);
      });
      this.#store = store;
      if (intervalSeconds > 0) this.#behind = new WriteBehind({ store, clock, intervalSeconds });
      this.#problem = undefined;
      if (this.#hasFailed) {
        notify({ level: 'info', message: 'The store can be used now', fields: { store: folder } });
      }
      return reading.groups();
    } catch (error) {
      this.#hasFailed = true;
      this.#problem = messageOf(error);
      throw error;
    }
  }

  async save(changes: readonly GroupChange[]): Promise<void> {
    if (this.#store === undefined) throw new Error(this.problem);
    const set = new ChangeSet();
    for (const change of changes) addChange(set, change);
    if (this.#behind === undefined) await this.#store.write(set);
    else this.#behind.add(set);
  }

  async close(): Promise<void> {
    this.#problem ??= 'the service is stopping';
    try {
      await this.#behind?.close();
    } finally {
      await this.#store?.close();
    }
  }
}

function addChange(set: ChangeSet, change: GroupChange): void {
  const shelf = shelfOf(change.key);
  if (change.kind === 'delete') {
    set.clear(shelf);
    return;
  }
  const { facts, remove, put } = change;
  if (remove === 'all') set.clear(shelf);
  else for (const name of remove) set.set(shelf, name, undefined);
  set.set(shelf, FACTS_NAME, () => writeFacts(facts));
  for (const family of put) set.set(shelf, family.family.name, () => inSlices(writeFamilyRecord(family)));
}

function* readFamily(payload: Buffer): Generator<undefined, PushedFamily> {
  // The stored form, so that writing it again keeps no other form in memory.
  return yield* storedFamily(yield* readFamilyRecord(payload));
}

interface OpenGroup {
  facts?: GroupFacts;
  readonly families: Map<string, PushedFamily>;
}

/** Collects groups while their records are read. */
class GroupReading {
  readonly #groups = new Map<string, OpenGroup>();

  /** Adds a record, and returns how to write it again. */
  async add({ shelf, name }: RecordPlace, payload: Buffer): Promise<RecordSource> {
    const group = this.#groupOf(shelf);
    if (name === FACTS_NAME) {
      const facts = readFacts(payload);
      group.facts = facts;
      return () => writeFacts(facts);
    }
    const family = await inSlices(readFamily(payload));
    group.families.set(name, family);
    return () => inSlices(writeFamilyRecord(family));
  }

  groups(): readonly PushedGroup[] {
    return [...this.#groups].map(([shelf, { facts, families }]) => ({
      key: readShelf(shelf),
      families,
      ...(facts ?? factsFrom(families)),
    }));
  }

  #groupOf(shelf: string): OpenGroup {
    let group = this.#groups.get(shelf);
    if (group === undefined) this.#groups.set(shelf, (group = { families: new Map() }));
    return group;
  }
}

/** Makes the facts of a group whose own record was lost to damage, from the push times of its families. */
function factsFrom(families: ReadonlyMap<string, PushedFamily>): GroupFacts {
  const times = [...families.values()].map(({ pushedAtSeconds }) => pushedAtSeconds);
  return {
    createdAtSeconds: times.reduce((a, b) => Math.min(a, b)),
    lastPushSeconds: times.reduce((a, b) => Math.max(a, b)),
    lastFailureSeconds: 0,
  };
}

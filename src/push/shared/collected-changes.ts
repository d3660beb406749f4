import { inSlices } from '../../values/in-slices.js';
import type { GroupChange, GroupFacts, GroupingKey, PushedGroup } from '../pushed-group.js';
import type { StoredFamily } from '../series/stored-family.js';
import { readRecord } from './shared-records.js';
import { type ChangedRecord, StoreProblem } from './shared-store.js';

/** The changes of one group. */
interface ChangesOfGroup {
  readonly key: GroupingKey;
  /** The facts of the group; undefined if they have not changed. */
  facts: GroupFacts | 'gone' | undefined;
  /** Key: the name. Undefined: it is gone. */
  readonly families: Map<string, StoredFamily | undefined>;
}

/** The limits for collecting: those for the groups of one instance. */
export interface CollectLimits {
  readonly seriesInAll: number;
  readonly bytesInAll: number;
}

/** What a group or a name takes beside its texts, also of one that is gone; a store may name any number of these. */
const ENTRY_BYTES = 128;

/** Collects records that changed, until they are a state of the store. A later record replaces an earlier one. */
export class CollectedChanges {
  readonly #limits: CollectLimits;
  readonly #groups = new Map<string, ChangesOfGroup>();
  #series = 0;
  #bytes = 0;

  constructor(limits: CollectLimits) {
    this.#limits = limits;
  }

  /** Rejects with StoreProblem if it is none, or too much. */
  async add({ key: name, payload }: ChangedRecord): Promise<void> {
    const record = await inSlices(readRecord(name, payload));
    const group = this.#groupOf(record.key);
    if (record.kind === 'facts') {
      group.facts = record.facts ?? 'gone';
      this.#checkRoom();
      return;
    }
    if (!group.families.has(record.name)) this.#bytes += ENTRY_BYTES + record.name.length;
    this.#weigh(group.families.get(record.name), -1);
    group.families.set(record.name, record.family);
    this.#weigh(record.family, 1);
    this.#checkRoom();
  }

  /** The changes of each group, to be applied to what is there. Throws StoreProblem where something is missing. */
  *changes(factsOf: (key: GroupingKey) => GroupFacts | undefined): Generator<GroupChange, void> {
    for (const { key, facts = factsOf(key), families } of this.#groups.values()) {
      if (facts === 'gone') yield { kind: 'delete', key };
      else if (facts === undefined) {
        if ([...families.values()].some((family) => family !== undefined)) throw withoutFacts(key);
      } else {
        const remove = [...families].filter(([, family]) => family === undefined).map(([name]) => name);
        yield { kind: 'update', key, facts, remove, put: present(families) };
      }
    }
  }

  /** Returns all groups, once all records have been collected. Throws StoreProblem if something is missing. */
  groups(): readonly PushedGroup[] {
    return [...this.changes(() => undefined)].flatMap((change) =>
      change.kind === 'delete'
        ? []
        : {
            key: change.key,
            ...change.facts,
            families: new Map(change.put.map((pushed) => [pushed.family.name, pushed])),
          },
    );
  }

  #groupOf(key: GroupingKey): ChangesOfGroup {
    let group = this.#groups.get(key.id);
    if (group === undefined) {
      this.#groups.set(key.id, (group = { key, facts: undefined, families: new Map() }));
      // The id, and the labels in the key.
      this.#bytes += ENTRY_BYTES + 2 * key.id.length;
    }
    return group;
  }

  #weigh(family: StoredFamily | undefined, sign: 1 | -1): void {
    if (family === undefined) return;
    this.#series += sign * family.seriesCount;
    this.#bytes += sign * family.heapBytes;
  }

  #checkRoom(): void {
    const { seriesInAll, bytesInAll } = this.#limits;
    if (this.#series > seriesInAll) {
      throw new StoreProblem(`the groups in Redis have more series than --push.max-total-series=${seriesInAll} allows`);
    }
    if (this.#bytes > bytesInAll) {
      throw new StoreProblem(
        'the groups in Redis take more memory than there is for them; start Node with a larger --max-old-space-size',
      );
    }
  }
}

function present(families: ReadonlyMap<string, StoredFamily | undefined>): readonly StoredFamily[] {
  return [...families.values()].filter((family) => family !== undefined);
}

function withoutFacts({ id }: GroupingKey): StoreProblem {
  return new StoreProblem(`the group ${id.slice(0, 200)} in Redis has families without its own record`);
}

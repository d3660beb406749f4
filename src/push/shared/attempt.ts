import { randomUUID } from 'node:crypto';
import { inSlices } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { GroupStore } from '../group-store.js';
import type { PreparedPush } from '../prepare-push.js';
import type { PushOutcome } from '../push-request.js';
import type { GroupChange, GroupingKey } from '../pushed-group.js';
import { FACTS_NAME } from '../store/group-records.js';
import { keyOfRecord, writeFactsRecord, writeFamily } from './shared-records.js';

/** A change that a caller waits for. The answer comes when the store has agreed. */
export type Waiting =
  | {
      readonly kind: 'push';
      readonly prepared: PreparedPush;
      readonly resolve: (outcome: PushOutcome) => void;
      readonly reject: (error: unknown) => void;
    }
  | {
      readonly kind: 'delete';
      readonly keys: readonly GroupingKey[];
      /** Limits the deletion to groups that have expired by then, in seconds since the Unix epoch. */
      readonly expiredBy?: number;
      /** Gets the number of groups that are deleted. */
      readonly resolve: (count: number) => void;
      readonly reject: (error: unknown) => void;
    };

/** The judgement of all waiting changes, at one state of the store. */
export interface Attempt {
  readonly id: string;
  readonly changes: readonly GroupChange[];
  /** Gives everybody the answer. */
  readonly settle: () => void;
}

/** Judges everything in order, each on what was before it, and makes the changes in `working`. */
export async function judge(waiting: readonly Waiting[], working: GroupStore): Promise<Attempt> {
  const changes: GroupChange[] = [];
  const answers: (() => void)[] = [];
  for (const one of waiting) {
    if (loopTurns.isOver()) await loopTurns.next();
    if (one.kind === 'push') {
      const outcome = working.push(one.prepared);
      if (outcome.change !== undefined) changes.push(outcome.change);
      answers.push(() => {
        one.resolve(outcome);
      });
    } else {
      const deleted = deleteGroups(one, working);
      changes.push(...deleted);
      answers.push(() => {
        one.resolve(deleted.length);
      });
    }
  }
  const settle = (): void => {
    for (const answer of answers) answer();
  };
  return { id: randomUUID(), changes, settle };
}

function deleteGroups(
  { keys, expiredBy = Infinity }: Extract<Waiting, { kind: 'delete' }>,
  working: GroupStore,
): readonly GroupChange[] {
  const isOver = (key: GroupingKey): boolean => {
    return expiredBy === Infinity || (working.get(key)?.expiresAtSeconds ?? Infinity) <= expiredBy;
  };
  return keys.filter(isOver).flatMap((key) => working.delete(key) ?? []);
}

/** The records that changes set and delete. */
export interface RecordChanges {
  readonly put: ReadonlyMap<string, Buffer>;
  readonly remove: readonly string[];
}

/** Writes the records; `shown` has the groups as they are before the changes. */
export async function recordsOf(changes: readonly GroupChange[], shown: GroupStore): Promise<RecordChanges> {
  const groups = new Map<string, RecordSources>();
  for (const change of changes) {
    const sources = groups.get(change.key.id) ?? new Map<string, Source>();
    groups.set(change.key.id, sources);
    addChange(sources, change, shown);
  }
  const put = new Map<string, Buffer>();
  const remove: string[] = [];
  for (const sources of groups.values()) {
    for (const [name, source] of sources) {
      if (source === undefined) remove.push(name);
      else put.set(name, await inSlices(source()));
    }
  }
  return { put, remove };
}

/** Writes a record; undefined where it goes. */
type Source = (() => Generator<undefined, Buffer>) | undefined;
/** Key: that of the record. */
type RecordSources = Map<string, Source>;

function addChange(sources: RecordSources, change: GroupChange, shown: GroupStore): void {
  const { key } = change;
  const facts = keyOfRecord(key, FACTS_NAME);
  if (change.kind === 'delete' || change.remove === 'all') {
    // Records from earlier changes of the same attempt are removed as well.
    for (const name of sources.keys()) sources.set(name, undefined);
    for (const name of shown.get(key)?.families.keys() ?? []) sources.set(keyOfRecord(key, name), undefined);
  } else for (const name of change.remove) sources.set(keyOfRecord(key, name), undefined);
  if (change.kind === 'delete') {
    sources.set(facts, undefined);
    return;
  }
  sources.set(facts, () => writeFactsRecord(facts, change.facts));
  for (const pushed of change.put) {
    const name = keyOfRecord(key, pushed.family.name);
    sources.set(name, () => writeFamily(name, pushed));
  }
}

import { isUtf8 } from '../values/byte-string.js';
import { atOnce } from '../values/in-slices.js';
import { GroupTable } from './group-table.js';
import type { HoldersView } from './name-holders.js';
import type { OwnFamilies } from './own-families.js';
import { type PreparedPush, preparePush } from './prepare-push.js';
import { type CheckedFamily, checkPush } from './push-checks.js';
import { type PushLimits, SERIES_OF_A_GROUP } from './push-limits.js';
import { PushProblems } from './push-problem.js';
import { PushRefusal, RefusalTexts } from './push-refusal.js';
import type { PushOutcome, PushRequest } from './push-request.js';
import { pushTimes } from './push-times.js';
import type { GroupChange, GroupFacts, GroupingKey, GroupSource, PushedGroup } from './pushed-group.js';
import { familyFaults } from './series/series-checks.js';
import { type StoredFamily, storedFamily } from './series/stored-family.js';
import type { SortedList } from './sorted-list.js';
import type { StoredGroup, TableSnapshot } from './table-snapshot.js';

/**
 * All groups, in memory. The cost of a push depends on its own size and on the number of names in its group, not on
 * what else is stored.
 */
export class GroupStore implements GroupSource {
  readonly #own: OwnFamilies;
  readonly #limits: PushLimits;
  #table = new GroupTable();

  readonly #refusals = new RefusalTexts();

  constructor({ own, limits }: { readonly own: OwnFamilies; readonly limits: PushLimits }) {
    this.#own = own;
    this.#limits = limits;
  }

  readonly groups = (): SortedList<StoredGroup> => this.#table.inOrder;

  /** Returns the state that scrapes show, as it is now. The caller closes it. */
  snapshot(): TableSnapshot {
    return this.#table.snapshot();
  }

  /** Notes whether a name still has series that do not fit, unless there was a push of it since it was looked at. */
  noteConflict(name: string, { inOrder }: HoldersView, mayConflict: boolean): void {
    const holders = this.#table.names.get(name);
    if (holders?.view().inOrder === inOrder) holders.mayConflict = mayConflict;
  }

  get groupCount(): number {
    return this.#table.groupCount;
  }

  /** The number of series in all groups as Prometheus counts them, including the push times. */
  get seriesCount(): number {
    return this.#table.seriesCount;
  }

  /** Puts back a group, without any check. */
  restore(group: PushedGroup): void {
    this.apply(restoring(group));
  }

  /** Makes a change that was checked elsewhere. */
  apply(change: GroupChange): void {
    atOnce(this.#applyTo(this.#table, change));
  }

  /**
   * Puts all groups that were saved in place of those that are there, in steps: until the last one nobody sees any of
   * them. Nothing may be pushed meanwhile.
   */
  *restoreAll(groups: Iterable<PushedGroup>): Generator<undefined, void> {
    const table = new GroupTable();
    for (const group of groups) yield* this.#applyTo(table, restoring(group));
    this.#table = table;
  }

  *#applyTo(table: GroupTable, change: GroupChange): Generator<undefined, void> {
    if (change.kind === 'delete') {
      table.apply(change);
      return;
    }
    const { key } = change;
    const put: StoredFamily[] = [];
    for (const family of change.put) {
      yield;
      put.push(yield* storedFamily(family));
    }
    for (const family of put) yield* table.names.get(family.family.name)?.lookElsewhere(key, family.family) ?? [];
    const { suspects } = this.#check(key, put, { method: change.remove === 'all' ? 'PUT' : 'POST', table });
    table.apply({ ...change, put });
    suspect(suspects, table);
  }

  /** Does what can be done of a push before it is stored, in steps. */
  prepare(request: PushRequest): Generator<undefined, PreparedPush> {
    const { key } = request;
    return preparePush(request, {
      held: (name) => this.#table.get(key)?.families.get(name)?.family,
      lookElsewhere: (family) => this.#table.names.get(family.name)?.lookElsewhere(key, family),
      seriesPerPush: this.#limits.seriesPerPush,
    });
  }

  /** Stores a push, or returns why it is refused. A refusal sets the group's failure time. */
  push(prepared: PreparedPush): PushOutcome {
    const { request } = prepared;
    try {
      return {
        kind: 'accepted',
        change: this.#accept(this.#isCurrent(prepared) ? prepared : atOnce(this.prepare(request))),
      };
    } catch (error) {
      if (!(error instanceof PushRefusal)) throw error;
      const change = this.#noteFailure(request);
      if (change !== undefined) this.#refusals.note(request.key, { atSeconds: request.atSeconds, text: error.message });
      return { kind: 'refused', why: error.why, problem: error.message, ...(change && { change }) };
    }
  }

  /** The reason for a group's last failed push; undefined if it is not known any more. */
  whyFailed({ key, ...facts }: Pick<PushedGroup, 'key' | 'lastFailureSeconds'>): string | undefined {
    return this.#refusals.of(key, facts);
  }

  get(key: GroupingKey): StoredGroup | undefined {
    return this.#table.get(key);
  }

  /** Deletes a group. Returns undefined if it does not exist. */
  delete(key: GroupingKey): GroupChange | undefined {
    const group = this.#table.get(key);
    if (group === undefined) return undefined;
    const change = { kind: 'delete', key: group.key } as const;
    this.#table.apply(change);
    return change;
  }

  #isCurrent({ request: { key }, aggregatedWith }: PreparedPush): boolean {
    const held = this.#table.get(key)?.families;
    return [...aggregatedWith].every(([name, family]) => held?.get(name)?.family === family);
  }

  #accept({ request, families, refusal }: PreparedPush): GroupChange {
    const { key, method, isChecked } = request;
    if (refusal !== undefined) throw refusal;
    const { problems, suspects } = this.#check(key, families, { method, table: this.#table });
    if (isChecked && problems.count > 0) throw new PushRefusal('invalid', problems.text());
    this.#checkRoom(request, families);
    const facts = this.#factsAfter(request);
    const change = { kind: 'update', key, facts, remove: method === 'PUT' ? 'all' : [], put: families } as const;
    this.#table.apply(change);
    suspect(suspects, this.#table);
    return change;
  }

  #check(
    key: GroupingKey,
    families: readonly CheckedFamily[],
    { method, table }: { readonly method: PushRequest['method']; readonly table: GroupTable },
  ) {
    const problems = new PushProblems();
    const replaced = new Set(families.map(({ family }) => family.name));
    const stays = (name: string): boolean => method === 'POST' && !replaced.has(name);
    const deps = { key, own: this.#own, held: table.names, stays };
    const suspects = checkPush(withOddKey(key, families), deps, problems);
    return { problems, suspects };
  }

  #factsAfter({ key, atSeconds, ttlSeconds }: PushRequest): GroupFacts {
    const before = this.#table.get(key);
    return {
      createdAtSeconds: before?.createdAtSeconds ?? atSeconds,
      lastPushSeconds: atSeconds,
      lastFailureSeconds: before?.lastFailureSeconds ?? 0,
      ...lifetime(atSeconds, ttlSeconds),
    };
  }

  /** Sets the failure time. A group is not created for this if it could not be shown or there is no room for it. */
  #noteFailure({ key, atSeconds, ttlSeconds }: PushRequest): GroupChange | undefined {
    const before = this.#table.get(key);
    if (before === undefined && (hasOddLabel(key) || this.#room() < SERIES_OF_A_GROUP)) return undefined;
    const facts: GroupFacts = {
      createdAtSeconds: before?.createdAtSeconds ?? atSeconds,
      lastPushSeconds: before?.lastPushSeconds ?? 0,
      lastFailureSeconds: atSeconds,
      ...(before === undefined ? lifetime(atSeconds, ttlSeconds) : lifetimeOf(before)),
    };
    const change = { kind: 'update', key, facts, remove: [], put: [] } as const;
    this.#table.apply(change);
    return change;
  }

  #room(): number {
    return this.#limits.seriesInAll - this.#table.seriesCount;
  }

  /** Families that the push replaces make room for it. */
  #checkRoom({ key, method }: PushRequest, put: readonly StoredFamily[]): void {
    const group = this.#table.get(key);
    const going = method === 'PUT' ? [...(group?.families.values() ?? [])] : replacedOf(group, put);
    const { seriesInAll, bytesInAll } = this.#limits;
    const added = sumOf(put, ({ seriesCount }) => seriesCount) + (group === undefined ? SERIES_OF_A_GROUP : 0);
    const series = added - sumOf(going, ({ seriesCount }) => seriesCount);
    if (series > 0 && series > this.#room()) {
      const limit = `--push.max-total-series=${seriesInAll}`;
      throw new PushRefusal(
        'full',
        `the pushed metrics would be more series than ${limit} allows; delete groups first`,
      );
    }
    const bytes = sumOf(put, ({ heapBytes }) => heapBytes) - sumOf(going, ({ heapBytes }) => heapBytes);
    if (bytes > 0 && this.#table.heapBytes + bytes > bytesInAll) {
      throw new PushRefusal(
        'full',
        'the pushed metrics would take more memory than there is for them; delete groups first, or start Node with a larger --max-old-space-size',
      );
    }
  }
}

function restoring({ key, families, ...facts }: PushedGroup): GroupChange {
  return { kind: 'update', key, facts, remove: 'all', put: [...families.values()] };
}

function suspect(names: ReadonlySet<string>, table: GroupTable): void {
  for (const name of names) {
    const holders = table.names.get(name);
    if (holders !== undefined) holders.mayConflict = true;
  }
}

function sumOf(families: readonly StoredFamily[], count: (family: StoredFamily) => number): number {
  return families.reduce((sum, family) => sum + count(family), 0);
}

function replacedOf(group: StoredGroup | undefined, put: readonly StoredFamily[]): readonly StoredFamily[] {
  return put.map(({ family }) => group?.families.get(family.name)).filter((family) => family !== undefined);
}

type Lifetime = Pick<GroupFacts, 'expiresAtSeconds' | 'ttlSeconds'>;

function lifetime(atSeconds: number, ttlSeconds: number | undefined): Lifetime {
  return ttlSeconds === undefined ? {} : { expiresAtSeconds: atSeconds + ttlSeconds, ttlSeconds };
}

function lifetimeOf({ expiresAtSeconds, ttlSeconds }: GroupFacts): Lifetime {
  return {
    ...(expiresAtSeconds !== undefined && { expiresAtSeconds }),
    ...(ttlSeconds !== undefined && { ttlSeconds }),
  };
}

function hasOddLabel({ labels }: GroupingKey): boolean {
  return !labels.every(({ value }) => isUtf8(value));
}

/**
 * A grouping label that is not UTF-8 makes the push times of the group invalid as well, and upstream reports them too.
 */
function withOddKey(key: GroupingKey, families: readonly CheckedFamily[]): readonly CheckedFamily[] {
  if (!hasOddLabel(key)) return families;
  const times = pushTimes(key, { createdAtSeconds: 0, lastPushSeconds: 0, lastFailureSeconds: 0 });
  return [...families, ...times.map(({ family }) => ({ family, faults: atOnce(familyFaults(family)) }))];
}

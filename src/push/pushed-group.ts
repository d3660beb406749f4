import type { Label } from '../metrics/metric-family.js';
import type { HeldFamily } from '../metrics/series-list.js';

/** The labels of a path that metrics are pushed to. */
export interface GroupingKey {
  /** A text that is the same for the same labels, whatever their order in the path. */
  readonly id: string;
  /** The labels sorted by name. `job` is always there. */
  readonly labels: readonly Label[];
}

/**
 * A family as a group stores it: every series has the labels of the group, an `instance` (empty if none was given),
 * labels sorted by name, and no timestamp.
 */
export interface PushedFamily {
  readonly family: HeldFamily;
  /** When it was pushed, in seconds since the Unix epoch. */
  readonly pushedAtSeconds: number;
}

/** The facts about a group besides its metrics. Times are seconds since the Unix epoch; 0 means never. */
export interface GroupFacts {
  /** When the first push into the group arrived, accepted or not. */
  readonly createdAtSeconds: number;
  /** The metric `push_time_seconds`. */
  readonly lastPushSeconds: number;
  /** The metric `push_failure_time_seconds`. */
  readonly lastFailureSeconds: number;
  /** When the group expires; absent if it has no time to live. */
  readonly expiresAtSeconds?: number;
  /** The time to live of the last push that counts, in seconds; absent if it is for ever, or not known any more. */
  readonly ttlSeconds?: number;
}

/** A group with all its metrics. It is never changed, only replaced. */
export interface PushedGroup extends GroupFacts {
  readonly key: GroupingKey;
  /** Key: the name of the family. The push times are not included: they are made from the facts. */
  readonly families: ReadonlyMap<string, PushedFamily>;
}

/** A change of one group, whose size is that of the push. */
export type GroupChange =
  | {
      readonly kind: 'update';
      readonly key: GroupingKey;
      readonly facts: GroupFacts;
      /** The names of the families to remove before `put` is applied; `all` if the push replaces the group. */
      readonly remove: readonly string[] | 'all';
      /** The families to store; each replaces one of the same name. */
      readonly put: readonly PushedFamily[];
    }
  | { readonly kind: 'delete'; readonly key: GroupingKey };

/** Whether the last push into the group was accepted (upstream's `last_push_successful`). */
export function lastPushSucceeded({ lastPushSeconds, lastFailureSeconds }: GroupFacts): boolean {
  return lastFailureSeconds <= lastPushSeconds;
}

/** Groups in the order of their labels. They do not change while they are read: later pushes replace them. */
export interface GroupList extends Iterable<PushedGroup> {
  readonly length: number;
  /** Works like Array's slice, for positions that are not negative. */
  readonly slice: (from: number, to: number) => readonly PushedGroup[];
}

/** The groups as their readers see them: scrapes, the JSON API, the page. */
export interface GroupSource {
  /** Returns all groups, as they are now. */
  readonly groups: () => GroupList;
}

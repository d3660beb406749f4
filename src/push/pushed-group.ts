import type { Label, MetricFamily } from '../metrics/metric-family.js';

/** The labels of a path that metrics are pushed to. */
export interface GroupingKey {
  /** One text for one set of labels, whatever their order in the path was. */
  readonly id: string;
  /** Sorted by name; `job` is always there. */
  readonly labels: readonly Label[];
}

/**
 * A family as one group holds it: every series has the labels of its group, an `instance` (empty where nobody gave one),
 * its labels sorted by name, and no timestamp.
 */
export interface PushedFamily {
  readonly family: MetricFamily;
  /** Of the push that brought it, in seconds since the Unix epoch. */
  readonly pushedAtSeconds: number;
}

/** What is known of a group beside its metrics. All times are seconds since the Unix epoch, 0 where it never happened. */
export interface GroupFacts {
  /** When something was pushed into the group first, successfully or not. */
  readonly createdAtSeconds: number;
  /** `push_time_seconds`. */
  readonly lastPushSeconds: number;
  /** `push_failure_time_seconds`. */
  readonly lastFailureSeconds: number;
  /** When the group goes by itself; absent where it has no time to live. */
  readonly expiresAtSeconds?: number;
}

/** A group with everything that was pushed into it; never changed, but replaced. */
export interface PushedGroup extends GroupFacts {
  readonly key: GroupingKey;
  /** By name. The families of the push times are not among them: they are made from the facts. */
  readonly families: ReadonlyMap<string, PushedFamily>;
}

/** One change of one group, as large as the push that made it. */
export type GroupChange =
  | {
      readonly kind: 'update';
      readonly key: GroupingKey;
      readonly facts: GroupFacts;
      /** Families that go, by name, before `put` comes; `all` of them where the push replaces the group. */
      readonly remove: readonly string[] | 'all';
      /** Families that come, each in place of one of the same name. */
      readonly put: readonly PushedFamily[];
    }
  | { readonly kind: 'delete'; readonly key: GroupingKey };

/** Whether the last push into the group was one that succeeded (upstream's `last_push_successful`). */
export function lastPushSucceeded({ lastPushSeconds, lastFailureSeconds }: GroupFacts): boolean {
  return lastFailureSeconds <= lastPushSeconds;
}

import { hasTimestamps } from '../metrics/series-in-body.js';
import type { HeldFamily } from '../metrics/series-list.js';
import type { AggregationMode } from './aggregate.js';
import { withGroupLabels } from './group-labels.js';
import { refusalText, TIMESTAMPS_REFUSED } from './push-problem.js';
import { PushRefusal, type RefusalKind } from './push-refusal.js';
import { isPushTime } from './push-times.js';
import type { GroupChange, GroupingKey } from './pushed-group.js';

/** One push after decoding. */
export interface PushRequest {
  readonly key: GroupingKey;
  readonly families: readonly HeldFamily[];
  /** The inconsistency that was found while reading the metrics, if any. */
  readonly disorder?: string;
  /** PUT replaces all families of the group, POST only those of the same name. */
  readonly method: 'PUT' | 'POST';
  /** Seconds since the Unix epoch. */
  readonly atSeconds: number;
  /**
   * Whether an inconsistent push is refused. Without checks, inconsistent series are stored and left out of scrapes.
   */
  readonly isChecked: boolean;
  /** How long the group stays without another push, in seconds; absent means for ever. */
  readonly ttlSeconds?: number;
  /** How series are combined with existing ones; absent means that families are replaced. Only POST has it. */
  readonly aggregation?: AggregationMode;
}

/** The result of a push. A change must be saved. */
export type PushOutcome =
  | { readonly kind: 'accepted'; readonly change: GroupChange }
  | {
      readonly kind: 'refused';
      readonly why: RefusalKind;
      readonly problem: string;
      /** The change of the group's failure time. */
      readonly change?: GroupChange;
    };

/**
 * Returns the families of the push as its group stores them. Of families with the same name the last one
 * counts, as in upstream, and push times are left out, because they cannot be pushed. Throws PushRefusal for timestamps
 * and inconsistent metrics.
 */
export function familiesToStore({ key, families, disorder }: PushRequest): readonly HeldFamily[] {
  if (disorder !== undefined) throw new PushRefusal('invalid', refusalText(disorder));
  const byName = new Map<string, HeldFamily>();
  for (const family of families) {
    if (hasTimestamps(family.samples)) throw new PushRefusal('invalid', TIMESTAMPS_REFUSED);
    byName.delete(family.name);
    if (!isPushTime(family.name)) byName.set(family.name, family);
  }
  return [...byName.values()].map((family) => withGroupLabels(family, key));
}

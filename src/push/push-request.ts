import type { MetricFamily } from '../metrics/metric-family.js';
import type { AggregationMode } from './aggregate.js';
import { withGroupLabels } from './group-labels.js';
import { refusalText, TIMESTAMPS_REFUSED } from './push-problem.js';
import { isPushTime } from './push-times.js';
import type { GroupChange, GroupingKey } from './pushed-group.js';

/** One push, decoded. */
export interface PushRequest {
  readonly key: GroupingKey;
  readonly families: readonly MetricFamily[];
  /** What was found wrong with them when they were read, though it could be read. */
  readonly disorder?: string;
  /** PUT replaces all families of the group, POST those of the same name. */
  readonly method: 'PUT' | 'POST';
  /** Seconds since the Unix epoch. */
  readonly atSeconds: number;
  /** Whether it must fit to everything else; what does not is otherwise left out of scrapes. */
  readonly isChecked: boolean;
  /** How long the group stays without another push; absent: for ever. */
  readonly ttlSeconds?: number;
  /** How series are put together with those that are there; absent: families are replaced. Only with POST. */
  readonly aggregation?: AggregationMode;
}

/** `invalid`: the push is wrong. `too large`: it would be for any store. `full`: others have taken the room. */
export type RefusalKind = 'invalid' | 'too large' | 'full';

/** What became of a push. A change is there to be kept. */
export type PushOutcome =
  | { readonly kind: 'accepted'; readonly change: GroupChange }
  | {
      readonly kind: 'refused';
      readonly why: RefusalKind;
      readonly problem: string;
      /** That the group had a push that failed. */
      readonly change?: GroupChange;
    };

/** Why a push is not taken in. */
export class PushRefusal extends Error {
  override readonly name = 'PushRefusal';
  readonly why: RefusalKind;

  constructor(why: RefusalKind, problem: string) {
    super(problem);
    this.why = why;
  }
}

/**
 * The families of a push as its group would hold them: of families with the same name the last one (as upstream has it), without the push times,
 * which are not for pushing. Throws PushRefusal for timestamps and disorder.
 */
export function familiesToStore({ key, families, disorder }: PushRequest): readonly MetricFamily[] {
  if (disorder !== undefined) throw new PushRefusal('invalid', refusalText(disorder));
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    if (family.samples.some(({ timestampMs }) => timestampMs !== undefined)) {
      throw new PushRefusal('invalid', TIMESTAMPS_REFUSED);
    }
    byName.delete(family.name);
    if (!isPushTime(family.name)) byName.set(family.name, family);
  }
  return [...byName.values()].map((family) => withGroupLabels(family, key));
}

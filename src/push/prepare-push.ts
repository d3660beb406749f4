import { countSeries } from '../metrics/series-in-body.js';
import type { HeldFamily } from '../metrics/series-list.js';
import { aggregateFamilies } from './aggregate.js';
import { PushRefusal } from './push-refusal.js';
import { familiesToStore, type PushRequest } from './push-request.js';
import { type StoredFamily, storedFamily } from './series/stored-family.js';

/** The state that a push is prepared with. */
interface PrepareContext {
  /** The families that its group has now, by name. */
  readonly held: (name: string) => HeldFamily | undefined;
  /** Compares a family with those of other groups; absent where there are none. */
  readonly lookElsewhere: (family: HeldFamily) => Generator<undefined, void> | undefined;
  readonly seriesPerPush: number;
}

/**
 * A push with everything that can be worked out without the rest of the store, so that storing it takes little time.
 */
export interface PreparedPush {
  readonly request: PushRequest;
  readonly families: readonly StoredFamily[];
  /** The reason to refuse the push, whatever is stored. */
  readonly refusal?: PushRefusal;
  /**
   * The families that went into it by aggregation. If the group has others by now, the push has to be prepared again.
   */
  readonly aggregatedWith: ReadonlyMap<string, HeldFamily | undefined>;
}

/** Prepares a push in steps, between which other pushes may be stored. */
export function* preparePush(
  request: PushRequest,
  { held, lookElsewhere, seriesPerPush }: PrepareContext,
): Generator<undefined, PreparedPush> {
  const { aggregation, isChecked, atSeconds: pushedAtSeconds } = request;
  const families: StoredFamily[] = [];
  const aggregatedWith = new Map<string, HeldFamily | undefined>();
  try {
    checkSize(request, seriesPerPush);
    for (const pushed of familiesToStore(request)) {
      yield;
      let family = pushed;
      if (aggregation !== undefined) {
        const before = held(pushed.name);
        aggregatedWith.set(pushed.name, before);
        family = yield* aggregateFamilies(before, pushed, aggregation);
      }
      const stored = yield* storedFamily({ family, pushedAtSeconds }, { isChecked });
      yield* lookElsewhere(stored.family) ?? [];
      families.push(stored);
    }
    return { request, families, aggregatedWith };
  } catch (error) {
    if (!(error instanceof PushRefusal)) throw error;
    return { request, families: [], aggregatedWith, refusal: error };
  }
}

function checkSize({ families }: PushRequest, seriesPerPush: number): void {
  const count = families.reduce((sum, { samples }) => sum + countSeries(samples), 0);
  if (count <= seriesPerPush) return;
  const limit = `--push.max-series=${seriesPerPush}`;
  throw new PushRefusal('too large', `pushed metrics have ${count} series, which is more than ${limit} allows`);
}

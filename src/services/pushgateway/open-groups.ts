import type { ServiceLog } from '../../log/service-log.js';
import { GroupStore } from '../../push/group-store.js';
import type { OwnFamilies } from '../../push/own-families.js';
import type { PushLimits } from '../../push/push-limits.js';
import { RedisStore } from '../../push/shared/redis-store.js';
import { SharedGroups } from '../../push/shared/shared-groups.js';
import { DurableGroups } from '../../push/store/durable-groups.js';
import type { GroupKeeper } from '../../push/store/group-keeper.js';
import type { Platform } from '../platform.js';
import { openPersistence } from './open-persistence.js';
import type { PushgatewayOptions } from './push-options.js';

/** The dependencies of the groups. */
export interface OpenGroupsDeps {
  readonly platform: Platform;
  readonly log: ServiceLog;
  readonly own: OwnFamilies;
  readonly limits: PushLimits;
  /** Receives the problems that no caller waits for. */
  readonly onProblem: (error: unknown) => void;
}

/** The groups as they are shown, who changes them, and why the last push into one failed. */
export interface OpenedGroups {
  readonly store: GroupStore;
  readonly groups: GroupKeeper;
  readonly whyFailed: GroupStore['whyFailed'];
}

/** Groups with the store that the options ask for: on the own disk, shared in Redis, or none. Nothing is read yet. */
export function openGroups(options: PushgatewayOptions, deps: OpenGroupsDeps): OpenedGroups {
  const { platform, log, own, limits, onProblem } = deps;
  const { clock } = platform;
  const store = new GroupStore({ own, limits });
  if (options.sharedStore === undefined) {
    const persistence = openPersistence(options, platform, log);
    const groups = new DurableGroups({ store, persistence, clock, onProblem });
    return { store, groups, whyFailed: (group) => store.whyFailed(group) };
  }
  const working = new GroupStore({ own, limits });
  const groups = new SharedGroups({
    store: new RedisStore({ ...options.sharedStore, clock }),
    shown: store,
    working,
    limits,
    clock,
    onProblem,
    onLoss: (problem) => {
      log.warn('What was pushed may be older than it was, or gone', { err: problem });
    },
  });
  return { store, groups, whyFailed: (group) => working.whyFailed(group) };
}

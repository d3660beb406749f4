import type { Clock } from '../../values/clock.js';
import type { PreparedPush } from '../prepare-push.js';
import type { PushOutcome, PushRequest } from '../push-request.js';
import type { GroupingKey } from '../pushed-group.js';

interface NotSavedOptions extends ErrorOptions {
  readonly saved?: string;
  readonly isDoubtful?: boolean;
}

/** A change could not be saved, and is not in memory either. The message says why. */
export class NotSavedError extends Error {
  override readonly name = 'NotSavedError';
  /** The part that was saved nevertheless; nothing if absent. */
  readonly saved: string | undefined;
  /** Whether the change may have been saved nevertheless. */
  readonly isDoubtful: boolean;

  constructor(message: string, options: NotSavedOptions = {}) {
    super(message, options);
    this.saved = options.saved;
    this.isDoubtful = options.isDoubtful ?? false;
  }
}

/** Takes in pushes and deletions, and answers for it that they are kept. */
export interface GroupKeeper {
  /** The time that pushes get. */
  readonly clock: Clock;
  /** The number of groups that have expired since the start. */
  readonly expired: number;
  /** Why nothing can be changed; undefined if it can. */
  readonly problem: string | undefined;
  /** Reads what was kept. Never rejects: it tries again until it can. */
  readonly load: () => Promise<void>;
  /**
   * Resolves when the groups in memory are those of this moment: everything that was acknowledged before, by whomever,
   * is there. Rejects with NotSavedError where that cannot be found out.
   */
  readonly current: () => Promise<void>;
  /**
   * Does what can be done of a push before it changes anything, in turns with other work. Rejects with NotSavedError if
   * nothing can be saved.
   */
  readonly prepare: (request: PushRequest) => Promise<PreparedPush>;
  /** The rest of a push. Resolves when the outcome is saved; rejects with NotSavedError. */
  readonly take: (prepared: PreparedPush) => Promise<PushOutcome>;
  /**
   * Deletes those of the groups that exist. Rejects with NotSavedError, which says how many are deleted nevertheless.
   */
  readonly delete: (keys: readonly GroupingKey[]) => Promise<void>;
  /** Writes all pending changes, and sets no more timers. */
  readonly close: () => Promise<void>;
}

import { HttpError } from '../../http/answers/http-reply.js';
import { type GroupKeeper, NotSavedError } from '../../push/store/group-keeper.js';

/**
 * Resolves when what is in memory is what was pushed, to whichever instance. Rejects with HttpError 503 where that
 * cannot be found out: an old answer beside the new ones of other instances would have counters go back, and an answer
 * without the groups of a store on disk that cannot be read would say that there are none.
 */
export async function assertCurrent(groups: Pick<GroupKeeper, 'current'>): Promise<void> {
  try {
    await groups.current();
  } catch (error) {
    if (!(error instanceof NotSavedError)) throw error;
    throw new HttpError(503, `what was pushed cannot be told: ${error.message}`);
  }
}

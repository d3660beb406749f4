import type { WebResponse } from '../exchange.js';

/** Aborted when the client goes away before it has its answer. */
export function clientLeaves(response: WebResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client is gone'));
  });
  return controller.signal;
}

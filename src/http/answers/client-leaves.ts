import { cutWhenClientCloses, type Exchange } from '../exchange.js';

/** Aborted when the client goes away before it has its answer, or has gone already. */
export function clientLeaves(exchange: Pick<Exchange, 'request' | 'response'>): AbortSignal {
  cutWhenClientCloses(exchange);
  const { response } = exchange;
  const controller = new AbortController();
  const leave = (): void => {
    if (!response.writableFinished) controller.abort(new Error('the client is gone'));
  };
  // Its `close` has been.
  if (response.destroyed) leave();
  else response.once('close', leave);
  return controller.signal;
}

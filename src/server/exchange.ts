import { ProbeEnd } from '../probe/probe-abort.js';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and the answer to it. `query` is as it came, without the question mark. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: string;
}

/** Answers a request; throws an HttpError for an answer that says what is wrong with it. */
export type Route = (exchange: Exchange) => void | Promise<void>;

/** Cancelled when the client goes away before it has its answer. */
export function endWhenClientLeaves(response: ServerResponse): ProbeEnd {
  const end = new ProbeEnd();
  response.once('close', () => {
    if (!response.writableFinished) end.cancel();
  });
  return end;
}

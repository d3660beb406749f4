import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and the answer to it. `query` is as it came, without the question mark. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: string;
}

/** Answers a request; throws an HttpError for an answer that says what is wrong with it. */
export type Route = (exchange: Exchange) => void | Promise<void>;

/** Aborted when the client goes away before it has its answer. */
export function abortWhenClientLeaves(response: ServerResponse): AbortController {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller;
}

import { sourceStack } from '../../files/source-stack.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { Fields } from '../../probe/fields.js';
import { stackOf } from '../../values/as-error.js';
import type { Exchange } from '../exchange.js';
import { errorReply, HttpError, sendReply } from './http-reply.js';

/** Counts requests that failed by a bug of ours. */
export interface BugCounter {
  readonly internalError: () => void;
}

/** The counter and log of bugs. */
export interface BugReport {
  readonly log: ServiceLog;
  readonly metrics: BugCounter;
}

/** Answers a request whose route threw: an HttpError says what to answer, anything else is a bug of ours (500). */
export function answerFailure(
  error: unknown,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  report: BugReport,
): void {
  if (error instanceof HttpError) {
    sendReply(response, errorReply(error.status, error.message));
    return;
  }
  logBug(error, report, { method: request.method ?? '', url: request.url ?? '' });
  sendReply(response, errorReply(500, 'Internal Server Error'));
}

/** Counts an error that should not be possible and writes its stack into the log. */
export function logBug(error: unknown, { log, metrics }: BugReport, fields: Fields = {}): void {
  metrics.internalError();
  const stack = stackOf(error);
  log.error('Internal error, please report it', { ...fields, stack: sourceStack(stack) });
}

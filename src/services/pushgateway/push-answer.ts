import { logBug } from '../../http/answers/answer-failure.js';
import { errorReply, HttpError, sendReply } from '../../http/answers/http-reply.js';
import type { Exchange } from '../../http/exchange.js';
import type { ServiceLog } from '../../log/service-log.js';
import { PathProblem } from '../../push/grouping-key.js';
import { NotSavedError } from '../../push/store/group-keeper.js';
import type { PushMetrics } from './push-metrics.js';

interface Deps {
  readonly metrics: PushMetrics;
  readonly log: ServiceLog;
}

/**
 * Answers a request that threw, and returns the status: what is wrong with it, that it could not be kept, or 500 for a
 * bug of ours.
 */
export function answerProblem(error: unknown, { request, response }: Exchange, { metrics, log }: Deps): number {
  const { status, message } = httpErrorOf(error);
  if (error instanceof NotSavedError) {
    metrics.refused('not_kept');
    log.debug('Refused, as it could not be kept', { err: error.message });
  } else if (status === 500) {
    logBug(error, { log, metrics }, { method: request.method ?? '', url: request.url ?? '' });
  } else {
    if (status === 413 || status === 429) metrics.refused('limit');
    if (status === 400) metrics.refused('malformed');
    log.debug('Refused', { method: request.method ?? '', url: request.url ?? '', err: message });
  }
  sendReply(response, errorReply(status, message));
  return status;
}

function httpErrorOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof HttpError) return error;
  if (error instanceof PathProblem) return { status: 400, message: error.message };
  if (error instanceof NotSavedError) return { status: 503, message: notSavedText(error) };
  return { status: 500, message: 'Internal Server Error' };
}

function notSavedText({ isDoubtful, saved = 'nothing was changed', message }: NotSavedError): string {
  if (isDoubtful) return `it is not known whether this was kept: ${message}`;
  return `${saved}, as it could not be kept: ${message}`;
}

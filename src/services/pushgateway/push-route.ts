import { errorReply, HttpError, sendReply } from '../../http/answers/http-reply.js';
import { type BodyCoding, bodyCoding, decodeBody } from '../../http/bodies/decode-body.js';
import type { ServiceLog } from '../../log/service-log.js';
import { groupingKeyOf, type GroupingPath } from '../../push/grouping-key.js';
import { parseLimits } from '../../push/push-limits.js';
import type { RefusalKind } from '../../push/push-refusal.js';
import type { PushOutcome } from '../../push/push-request.js';
import type { GroupingKey } from '../../push/pushed-group.js';
import type { GroupKeeper } from '../../push/store/group-keeper.js';
import { type Clock, secondsSince } from '../../values/clock.js';
import { parsePush } from './parse-push.js';
import { answerProblem } from './push-answer.js';
import type { BodyLimit } from './push-body.js';
import type { PushExchange } from './push-handler.js';
import type { PushMetrics } from './push-metrics.js';
import { type PushDefaults, type PushParameters, readPushParameters } from './push-parameters.js';
import type { Turns } from './turns.js';

/** The dependencies of pushes: where they go, and how they are judged. */
export interface PushRouteOptions {
  readonly groups: GroupKeeper;
  readonly clock: Clock;
  readonly utf8Names: boolean;
  readonly isChecked: boolean;
  readonly maxSeriesPerPush: number;
  /**
   * Bodies that are large, as they came or unpacked, are unpacked, read and taken in one after the other, so that only
   * one of them takes memory.
   */
  readonly turns: Turns;
  readonly defaults: PushDefaults;
  readonly metrics: PushMetrics;
  readonly log: ServiceLog;
}

/** Answers a push or a deletion, whose path names its group. */
export type GroupHandler = (exchange: PushExchange, path: GroupingPath) => Promise<void>;

const REFUSAL_STATUS: Readonly<Record<RefusalKind, number>> = { invalid: 400, 'too large': 413, full: 429 };

/**
 * `PUT` and `POST` on a group's path: 200, or 202 where nothing is checked, as soon as the push is kept; else what is
 * wrong with it.
 */
export function pushRoute(method: 'PUT' | 'POST', options: PushRouteOptions): GroupHandler {
  const { clock, metrics, isChecked } = options;
  return async (exchange, path) => {
    const startedAt = clock.monotonicSeconds();
    let status = 500;
    try {
      const refusal = await push(exchange, { path, method }, options);
      status = refusal?.status ?? (isChecked ? 200 : 202);
      const accepted = { status, body: '' };
      sendReply(exchange.response, refusal === undefined ? accepted : errorReply(status, refusal.message));
    } catch (error) {
      status = answerProblem(error, exchange, options);
    } finally {
      metrics.answered('push', method, status);
      metrics.pushed(method, { seconds: secondsSince(startedAt, clock), bytes: requestBytes(exchange) });
    }
  };
}

/** `DELETE` on a group's path: 202 as soon as that is kept, whether or not there was such a group. */
export function deleteRoute(options: PushRouteOptions): GroupHandler {
  return async (exchange, path) => {
    let status = 202;
    try {
      await options.groups.delete([groupingKeyOf(path, options)]);
      sendReply(exchange.response, { status, body: '' });
    } catch (error) {
      status = answerProblem(error, exchange, options);
    } finally {
      options.metrics.answered('delete', 'DELETE', status);
    }
  };
}

/** Handles a push in upstream's order: errors of the path come before those of the body. */
async function push(
  exchange: PushExchange,
  { path, method }: { readonly path: GroupingPath; readonly method: 'PUT' | 'POST' },
  options: PushRouteOptions,
): Promise<HttpError | undefined> {
  const { request, query, body } = exchange;
  const key = groupingKeyOf(path, options);
  const parameters = readPushParameters({ request, query, method }, key, options.defaults);
  const { outcome: kept } = await inItsTurn(exchange, { key, method, parameters, bytes: await body.read() }, options);
  const outcome = await kept;
  const { metrics } = options;
  if (outcome.kind === 'accepted') return undefined;
  if (outcome.why === 'invalid') {
    const { remoteAddress = '' } = request.socket;
    const fields = { method, group: key.id, logged_source: remoteAddress, err: outcome.problem };
    options.log.error('pushed metrics are invalid or inconsistent with existing metrics', fields);
    metrics.refused('inconsistent');
  } else metrics.refused('limit');
  return new HttpError(REFUSAL_STATUS[outcome.why], outcome.problem);
}

/** A body up to this length takes a few milliseconds and a few megabytes at most, so that it need not wait. */
const LARGE_BODY_BYTES = 64 * 1024;

/** The body without its coding, if it is small in both forms; else undefined. Throws HttpError 400 in Go's words. */
async function smallBody(bytes: Buffer, coding: BodyCoding, limit: BodyLimit): Promise<Buffer | undefined> {
  if (bytes.length > LARGE_BODY_BYTES) return undefined;
  try {
    return await decodeBody(bytes, { coding, ...limit, maxBytes: Math.min(LARGE_BODY_BYTES, limit.maxBytes) });
  } catch (error) {
    if (error instanceof HttpError && error.status === 413) return undefined;
    throw error;
  }
}

/** A push that is in memory; `outcome` resolves when it is kept. */
interface Taken {
  readonly outcome: Promise<PushOutcome>;
}

interface Push {
  readonly key: GroupingKey;
  readonly method: 'PUT' | 'POST';
  readonly parameters: PushParameters;
  readonly bytes: Buffer;
}

/** Unpacks a body and takes it in; one that is large has to wait for its turn. */
async function inItsTurn(exchange: PushExchange, push: Push, options: PushRouteOptions): Promise<Taken> {
  const { request, response, body } = exchange;
  const { bytes } = push;
  const { limit } = body;
  const coding = bodyCoding(request.headers['content-encoding']);
  const small = await smallBody(bytes, coding, limit);
  if (small !== undefined) return takeIn(exchange, { ...push, bytes: small }, options);
  return options.turns.run({ client: request.socket.remoteAddress ?? '', response }, async () =>
    takeIn(exchange, { ...push, bytes: await decodeBody(bytes, { coding, ...limit }) }, options),
  );
}

/** Takes in a push whose body is unpacked. */
async function takeIn(
  { request }: PushExchange,
  { key, method, parameters, bytes }: Push,
  { clock, isChecked, groups, utf8Names, maxSeriesPerPush }: PushRouteOptions,
): Promise<Taken> {
  const contentType = request.headers['content-type'];
  const parsed = await parsePush(bytes, { contentType, utf8Names, limits: parseLimits(maxSeriesPerPush) });
  const pushed = { key, ...parsed, method, atSeconds: clock.wallSeconds(), isChecked, ...parameters };
  return { outcome: groups.take(await groups.prepare(pushed)) };
}

/** About what came over the wire, as upstream counts it: the first line, the headers and the body. */
function requestBytes({ request: { method = '', url = '', headers } }: PushExchange): number {
  let bytes = method.length + url.length;
  for (const [name, value] of Object.entries(headers)) bytes += name.length + String(value).length;
  const length = Number(headers['content-length']);
  return Number.isFinite(length) ? bytes + length : bytes;
}

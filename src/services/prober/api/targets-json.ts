import type { Route } from '../../../http/exchange.js';
import { FAILURE_REASONS } from '../../../probe/failure.js';
import { FAILURE_ADVICE } from '../../../probe/failure-advice.js';
import type { History } from '../../../probe/history.js';
import { MOST_RESULTS, type ProbeResult } from '../../../probe/targets/recent-results.js';
import type { TargetState } from '../../../probe/targets/target-state.js';
import type { Clock } from '../../../values/clock.js';
import { inSlices } from '../../../values/in-slices.js';
import { maskUrlPasswords } from '../../../values/masked-text.js';
import { selectTargets } from '../targets/select-targets.js';
import { readTargetFilter } from '../targets/target-filter.js';
import { sendList } from './api-answer.js';
import { readApiQuery, readCount, readRange } from './api-parameters.js';
import { paramsJson } from './params-json.js';
import { timeText } from './time-text.js';

/** The source of the API's answers. */
export interface ApiHistory {
  readonly history: History;
  readonly clock: Clock;
}

const USUAL_TARGETS = 1000;
const MOST_TARGETS = 20_000;
const DAY_SECONDS = 86_400;

/** `GET /api/v1/targets`: how each target is, those that fail first. */
export function targetsRoute({ history, clock }: ApiHistory): Route {
  return async (exchange) => {
    const parameters = readApiQuery(exchange.query, ['q', 'module', 'outcome', 'results', 'limit', 'offset']);
    const filter = readTargetFilter(parameters);
    const { limit, offset } = readRange(parameters, USUAL_TARGETS, MOST_TARGETS);
    const results = readCount(parameters, 'results', { usual: MOST_RESULTS, least: 0, most: MOST_RESULTS });
    const all = history.targets.all();
    const found = await inSlices(selectTargets(all, filter));
    const nowSeconds = clock.wallSeconds();
    const shown = found.slice(offset, offset + limit);
    const head = { version: 1, time: timeText(nowSeconds), total: all.length, matched: found.length, offset };
    const toJson = (state: TargetState) => targetJson(state, { history, nowSeconds, results });
    await sendList(exchange, { head, key: 'targets', items: shown, toJson });
  };
}

interface Around {
  readonly history: History;
  readonly nowSeconds: number;
  readonly results: number;
}

function targetJson(state: TargetState, { history, nowSeconds, results }: Around) {
  const { module, target, hostname, params, last, sinceSeconds, isSinceKnown, expirySeconds } = state;
  const { lastSuccessId, lastFailureId } = state;
  return {
    module,
    target: maskUrlPasswords(target),
    ...(hostname !== undefined && { hostname }),
    ...(params !== undefined && { params: paramsJson(params) }),
    success: last.reason === undefined,
    since: timeText(sinceSeconds),
    sinceIsKnown: isSinceKnown,
    last: resultJson(last),
    ...(state.lastFailure !== undefined && { lastFailure: failureJson(state.lastFailure) }),
    ...(expirySeconds !== undefined && certificateJson(expirySeconds, nowSeconds)),
    reports: {
      ...(isKept(history, lastSuccessId) && { success: lastSuccessId }),
      ...(isKept(history, lastFailureId) && { failure: lastFailureId }),
    },
    results: state.results.last(results).map(resultJson),
  };
}

function isKept(history: History, id: number | undefined): boolean {
  return id !== undefined && history.byIdOrLatest(id) !== undefined;
}

function resultJson({ atSeconds, durationSeconds, reason }: ProbeResult) {
  return { time: timeText(atSeconds), durationSeconds, ...(reason !== undefined && { reason }) };
}

function failureJson({ atSeconds, phase, reason, text }: NonNullable<TargetState['lastFailure']>) {
  return {
    time: timeText(atSeconds),
    phase,
    reason,
    message: text,
    explanation: FAILURE_REASONS[reason],
    advice: FAILURE_ADVICE[reason],
  };
}

function certificateJson(expirySeconds: number, nowSeconds: number) {
  const expires = timeText(expirySeconds);
  if (expires === undefined) return {};
  return { certificate: { expires, daysLeft: Math.floor((expirySeconds - nowSeconds) / DAY_SECONDS) } };
}

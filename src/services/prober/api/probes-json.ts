import { HttpError } from '../../../http/answers/http-reply.js';
import type { Exchange, Route } from '../../../http/exchange.js';
import { FAILURE_REASONS } from '../../../probe/failure.js';
import type { HistoryEntry } from '../../../probe/history.js';
import { buildReport } from '../../../probe/report/build-report.js';
import { inSlices } from '../../../values/in-slices.js';
import { maskUrlPasswords } from '../../../values/masked-text.js';
import { type Filtered, isWanted, readTargetFilter, type TargetFilter } from '../targets/target-filter.js';
import { sendList, sendObject } from './api-answer.js';
import { readApiQuery, readRange } from './api-parameters.js';
import { paramsJson } from './params-json.js';
import type { ApiHistory } from './targets-json.js';
import { timeText } from './time-text.js';

const USUAL_PROBES = 100;
const MOST_PROBES = 10_000;

/** `GET /api/v1/probes`: the probes of which there is a report, the newest first. */
export function probesRoute({ history, clock }: ApiHistory): Route {
  return async (exchange) => {
    const parameters = readApiQuery(exchange.query, ['q', 'module', 'target', 'outcome', 'limit', 'offset']);
    const filter = readTargetFilter(parameters);
    const target = parameters.get('target') ?? '';
    const { limit, offset } = readRange(parameters, USUAL_PROBES, MOST_PROBES);
    const all = history.newestWithLatest();
    const found = await inSlices(selectProbes(all, target, filter));
    const time = timeText(clock.wallSeconds());
    const head = { version: 1, time, total: all.length, matched: found.length, offset };
    const items = found.slice(offset, offset + limit);
    await sendList(exchange, { head, key: 'probes', items, toJson: probeJson });
  };
}

/** `GET /api/v1/probes/ID`: the probe report. */
export function probeRouteById({ history }: ApiHistory): (exchange: Exchange, id: string) => Promise<void> {
  return async (exchange, text) => {
    readApiQuery(exchange.query, []);
    const id = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    if (id === undefined) throw new HttpError(400, `the id of a probe is a whole number: ${shortened(text)}`);
    const entry = history.byIdOrLatest(id);
    if (entry === undefined) throw new HttpError(404, `there is no probe with the id ${id}, or it is no longer kept`);
    const { hostname, params } = entry;
    await sendObject(exchange, {
      ...(await inSlices(buildReport(entry))),
      id,
      ...(hostname !== undefined && { hostname }),
      ...(params !== undefined && { params: paramsJson(params) }),
    });
  };
}

/** A name from a path as an error cites it. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function* selectProbes(
  all: readonly HistoryEntry[],
  target: string,
  filter: TargetFilter,
): Generator<undefined, readonly HistoryEntry[]> {
  const found: HistoryEntry[] = [];
  for (const entry of all) {
    yield;
    if ((target === '' || entry.target === target) && isWanted(filteredOf(entry), filter)) found.push(entry);
  }
  return found;
}

function filteredOf({ module, target, hostname, params, outcome: { failure } }: HistoryEntry): Filtered {
  return {
    module,
    target,
    ...(hostname !== undefined && { hostname }),
    ...(params !== undefined && { params }),
    ...(failure !== undefined && { reason: failure.reason }),
  };
}

function probeJson({ id, module, target, hostname, params, outcome }: HistoryEntry) {
  const { failure, durationSeconds, log } = outcome;
  return {
    id,
    module,
    target: maskUrlPasswords(target),
    ...(hostname !== undefined && { hostname }),
    ...(params !== undefined && { params: paramsJson(params) }),
    time: timeText(log[0]?.wallSeconds ?? 0),
    success: failure === undefined,
    durationSeconds,
    ...(failure !== undefined && {
      failure: { phase: failure.phase, reason: failure.reason, explanation: FAILURE_REASONS[failure.reason] },
    }),
  };
}

import { sendReply } from '../../http/answers/http-reply.js';
import { PIECE_BYTES, sendPieces } from '../../http/answers/send-pieces.js';
import type { Exchange, Route } from '../../http/exchange.js';
import { Router, type RouteRow } from '../../http/routes/router.js';
import { type GroupSelector, parseGroupSelector } from '../../push/group-selector.js';
import type { GroupingKey, GroupList, GroupSource } from '../../push/pushed-group.js';
import type { GroupKeeper } from '../../push/store/group-keeper.js';
import { inSlices } from '../../values/in-slices.js';
import { assertCurrent } from './current-groups.js';
import type { PushMetrics } from './push-metrics.js';
import { type StatusFacts, statusJson } from './push-status.js';

/** The data that the API shows and changes. */
export interface PushApiOptions {
  readonly groups: GroupKeeper;
  readonly source: GroupSource;
  readonly status: StatusFacts;
  /** All groups with their families as JSON, in pieces. */
  readonly groupsJson?: (groups: GroupList) => Iterable<string>;
  /** `--web.enable-admin-api`. */
  readonly isAdminEnabled: boolean;
  readonly metrics: PushMetrics;
}

/**
 * Upstream lets pages of other origins read its API, and so do we; that they may DELETE and POST as well, as its
 * preflight says, is not for us.
 */
const CORS_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Origin',
  'Access-Control-Allow-Methods': 'GET, OPTIONS',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Date',
  'Cache-Control': 'no-cache, no-store, must-revalidate',
};

/** Groups that are looked at between two moments at which others may have their turn. */
const GROUPS_A_STEP = 16;

/** The path of the status, which does not show what was pushed. */
const STATUS = '/status';

/** The routes below `/api/v1`. */
export function pushApi(options: PushApiOptions): Router {
  const { groups, source, status, groupsJson, metrics } = options;
  const json = (path: string, body: () => Iterable<string>): RouteRow => ({
    path,
    methods: ['GET'],
    handler: async ({ response }) => {
      if (path !== STATUS) await assertCurrent(groups);
      await sendPieces(response, { headers: { 'Content-Type': 'application/json', ...CORS_HEADERS }, pieces: body() });
      metrics.answered(`api/v1${path}`, 'GET', 200);
    },
  });
  return new Router([
    json(STATUS, () => [statusJson(status)]),
    ...(groupsJson === undefined ? [] : [json('/metrics', () => groupsJson(source.groups()))]),
    ...(options.isAdminEnabled ? adminRoutes(options) : []),
    { path: '/', isPrefix: true, methods: ['OPTIONS'], handler: optionsRoute(metrics) },
    { path: '/', methods: ['OPTIONS'], handler: optionsRoute(metrics) },
  ]);
}

function optionsRoute(metrics: PushMetrics): Route {
  return ({ response }) => {
    sendReply(response, { status: 200, body: '', headers: CORS_HEADERS });
    metrics.answered('api/v1/options', 'OPTIONS', 200);
  };
}

/** The routes that can delete many groups at once. */
function adminRoutes({ groups, source, metrics }: PushApiOptions): readonly RouteRow[] {
  const wipe: Route = async ({ response }) => {
    await assertCurrent(groups);
    await groups.delete(await inSlices(keysOf(source.groups(), () => true)));
    sendReply(response, { status: 202, body: '' });
    metrics.answered('wipe', 'PUT', 202);
  };
  const deleteMatching: Route = async (exchange) => {
    const { selectors, isDryRun, problem } = readSelection(exchange.query);
    if (problem === undefined) {
      await assertCurrent(groups);
      const isChosen = (key: GroupingKey): boolean => selectors.some((selector) => selector.matches(key));
      const matching = await inSlices(keysOf(source.groups(), isChosen));
      if (!isDryRun) await groups.delete(matching);
      const headers = { 'Content-Type': 'application/json' };
      await sendPieces(exchange.response, { headers, pieces: keysJson(matching) });
    } else sendError(exchange, problem);
    metrics.answered('api/v1/groups', 'DELETE', problem === undefined ? 200 : 400);
  };
  return [
    { path: '/admin/wipe', methods: ['PUT'], handler: wipe },
    { path: '/groups', methods: ['DELETE'], handler: deleteMatching },
  ];
}

function* keysOf(
  groups: GroupList,
  isChosen: (key: GroupingKey) => boolean,
): Generator<undefined, readonly GroupingKey[]> {
  const keys: GroupingKey[] = [];
  let count = 0;
  for (const { key } of groups) {
    if (++count % GROUPS_A_STEP === 0) yield;
    if (isChosen(key)) keys.push(key);
  }
  return keys;
}

/** The labels of groups, in pieces. */
function* keysJson(keys: readonly GroupingKey[]): Generator<string> {
  let piece = '{"status":"success","data":[';
  for (const [index, { labels }] of keys.entries()) {
    if (piece.length > PIECE_BYTES) {
      yield piece;
      piece = '';
    }
    const pairs = new Map(labels.map(({ name, value }) => [name, value]));
    piece += `${index === 0 ? '' : ','}${JSON.stringify(Object.fromEntries(pairs))}`;
  }
  yield `${piece}]}`;
}

interface Selection {
  readonly selectors: readonly GroupSelector[];
  readonly isDryRun: boolean;
  readonly problem?: string;
}

/** A group is chosen if any `match[]` chooses it. */
function readSelection(query: string): Selection {
  const parameters = new URLSearchParams(query);
  const dryRun = parameters.get('dry_run');
  const isDryRun = dryRun !== null && !['false', '0'].includes(dryRun);
  const texts = parameters.getAll('match[]');
  if (texts.length === 0) return { selectors: [], isDryRun, problem: 'no match[] parameter provided' };
  try {
    return { selectors: texts.map(parseGroupSelector), isDryRun };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { selectors: [], isDryRun, problem: error.message };
  }
}

function sendError({ response }: Exchange, error: string): void {
  const body = JSON.stringify({ status: 'error', errorType: 'bad_data', error });
  sendReply(response, { status: 400, contentType: 'application/json', body });
}

import { HttpError } from '../../../http/answers/http-reply.js';
import { PIECE_BYTES, sendPieces } from '../../../http/answers/send-pieces.js';
import type { Route } from '../../../http/exchange.js';
import { parseQuery, type QueryParameters, queryValues } from '../../../http/routes/query-parameters.js';
import { type ServicePlace, serviceUrl } from '../pages/service-url.js';
import { type KnownTarget, targetKey } from './known-target.js';
import { isInShard, type Shard } from './shard.js';
import type { TargetStore } from './target-store.js';

/** What `/sd` answers with. */
export interface SdOptions {
  readonly store: Pick<TargetStore, 'targets'>;
  readonly place: ServicePlace;
}

/** Where Prometheus finds this service. */
interface Whereabouts {
  readonly address: string;
  readonly scheme: string;
  readonly path: string;
}

/** Which targets are asked for. */
interface Selection {
  readonly module: string | undefined;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly shard: Shard | undefined;
}

const PARAMETERS = ['module', 'match', 'shard', 'of'];
const MOST_SHARDS = 1000;

/**
 * `GET /sd[?module=][&match=label=value][&shard=1&of=4]`: all targets of the targets files in the form of Prometheus'
 * HTTP service discovery, each with what leads its scrape to `/probe` here, so that a job needs no relabelling.
 */
export function sdRoute({ store, place }: SdOptions): Route {
  return async (exchange) => {
    const { request, response, query } = exchange;
    const selection = readSelection(query);
    const { host, protocol, pathname } = new URL(serviceUrl(request, place));
    const here = { address: host, scheme: protocol.slice(0, -1), path: `${pathname}probe` };
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
    const pieces = request.method === 'HEAD' ? [] : piecesOf(store.targets, selection, here);
    await sendPieces(response, { headers, pieces });
  };
}

/** The targets between two looks at the clock: a thousand shards take 1 ms for 100 of them. */
const TARGETS_A_STEP = 64;

function* piecesOf(targets: readonly KnownTarget[], selection: Selection, here: Whereabouts): Generator<string> {
  let text = '[';
  let separator = '\n';
  for (const [index, target] of targets.entries()) {
    // An empty piece gives others their turn.
    if (index % TARGETS_A_STEP === 0) yield '';
    if (!isSelected(target, selection)) continue;
    text += separator + JSON.stringify({ targets: [here.address], labels: labelsOf(target, here) });
    separator = ',\n';
    if (text.length < PIECE_BYTES / 4) continue;
    yield text;
    text = '';
  }
  yield `${text}\n]\n`;
}

/** A map, as names of labels are foreign; JSON takes its entries in their order. */
function labelsOf(
  { target, module, params, labels }: KnownTarget,
  here: Whereabouts,
): Readonly<Record<string, string>> {
  const all = new Map([['instance', target], ...labels]);
  all.set('__metrics_path__', here.path).set('__scheme__', here.scheme).set('__param_target', target);
  if (module !== undefined) all.set('__param_module', module);
  for (const [name, value] of params) all.set(`__param_${name}`, value);
  return Object.fromEntries(all);
}

function isSelected(target: KnownTarget, { module, labels, shard }: Selection): boolean {
  if (module !== undefined && target.module !== module) return false;
  if (!labels.every(([name, value]) => (target.labels.get(name) ?? '') === value)) return false;
  return shard === undefined || isInShard(targetKey(target), shard);
}

/** Throws HttpError 400. */
function readSelection(query: string): Selection {
  const parameters = parseQuery(query);
  for (const name of parameters.keys()) {
    if (PARAMETERS.includes(name)) continue;
    throw new HttpError(400, `unknown parameter ${cited(name)}: there are ${PARAMETERS.join(', ')}`);
  }
  return {
    module: parameters.get('module'),
    labels: queryValues(query, 'match').map(readMatch),
    shard: readShard(parameters),
  };
}

function readMatch(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new HttpError(400, `match is not label=value: ${cited(text)}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function readShard(parameters: QueryParameters): Shard | undefined {
  if (!parameters.has('shard') && !parameters.has('of')) return undefined;
  const of = readNumber(parameters, 'of', MOST_SHARDS);
  return { index: readNumber(parameters, 'shard', of), of };
}

function readNumber(parameters: QueryParameters, name: string, most: number): number {
  const text = parameters.get(name);
  if (text === undefined)
    throw new HttpError(400, `${name} is missing: shard and of stand together, as in shard=1&of=4`);
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new HttpError(400, `${name} is no whole number from 1 to ${most}: ${cited(text)}`);
}

function cited(text: string): string {
  return JSON.stringify(text.slice(0, 50));
}

import { HttpError } from '../../../http/answers/http-reply.js';
import { parseQuery, type QueryParameters, queryValues } from '../../../http/routes/query-parameters.js';
import { type KnownTarget, targetKey } from './known-target.js';
import { isInShard, MOST_SHARDS, type Shard } from './shard.js';

/** The targets that a query asks for. */
export interface Selection {
  readonly module: string | undefined;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly shard: Shard | undefined;
}

const PARAMETERS = ['module', 'match', 'shard', 'of'];
/** The most `match` parameters: each is compared with every target. */
const MOST_MATCHES = 32;

/** Whether a target is one of those asked for. */
export function isSelected(target: KnownTarget, { module, labels, shard }: Selection): boolean {
  if (module !== undefined && target.module !== module) return false;
  if (!labels.every(([name, value]) => (target.labels.get(name) ?? '') === value)) return false;
  return shard === undefined || isInShard(targetKey(target), shard);
}

/**
 * Reads `module`, `match`, `shard` and `of` of a query, in which `others` may stand as well. Throws HttpError 400.
 */
export function readSelection(query: string, others: readonly string[] = []): Selection {
  const known = [...PARAMETERS, ...others];
  const parameters = parseQuery(query);
  for (const name of parameters.keys()) {
    if (known.includes(name)) continue;
    throw new HttpError(400, `unknown parameter ${cited(name)}: there are ${known.join(', ')}`);
  }
  const matches = queryValues(query, 'match');
  if (matches.length > MOST_MATCHES)
    throw new HttpError(400, `match stands ${matches.length} times: at most ${MOST_MATCHES} are looked at`);
  return {
    module: parameters.get('module'),
    labels: matches.map(readMatch),
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

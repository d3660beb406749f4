import { HttpError } from '../../../http/answers/http-reply.js';
import { parseQuery, type QueryParameters } from '../../../http/routes/query-parameters.js';

/** The part of a list that is asked for. */
export interface ListRange {
  readonly limit: number;
  readonly offset: number;
}

const LARGEST_OFFSET = 1_000_000;

/** Reads a query in which only these names may stand. Throws HttpError 400. */
export function readApiQuery(query: string, names: readonly string[]): QueryParameters {
  const parameters = parseQuery(query);
  for (const name of parameters.keys()) {
    if (names.includes(name)) continue;
    const known = names.length === 0 ? 'there are none here' : `there are ${names.join(', ')}`;
    throw new HttpError(400, `unknown parameter ${JSON.stringify(name.slice(0, 50))}: ${known}`);
  }
  return parameters;
}

/** Reads `limit` and `offset`. Throws HttpError 400. */
export function readRange(parameters: QueryParameters, usual: number, most: number): ListRange {
  return {
    limit: readCount(parameters, 'limit', { usual, least: 1, most }),
    offset: readCount(parameters, 'offset', { usual: 0, least: 0, most: LARGEST_OFFSET }),
  };
}

/** A whole number between bounds. Throws HttpError 400. */
export function readCount(
  parameters: QueryParameters,
  name: string,
  { usual, least, most }: { readonly usual: number; readonly least: number; readonly most: number },
): number {
  const text = parameters.get(name) ?? '';
  if (text === '') return usual;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (count >= least && count <= most) return count;
  throw new HttpError(400, `${name} is no whole number from ${least} to ${most}: ${JSON.stringify(text.slice(0, 50))}`);
}

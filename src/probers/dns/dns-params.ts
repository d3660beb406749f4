import type { ProbeRequest } from '../../probe/prober.js';
import { bytesOf } from '../../values/byte-string.js';
import { typeNumber } from './dns-codes.js';
import type { DnsOptions, QueryParam } from './dns-options.js';
import type { QueryRecipe } from './dns-query.js';

type Params = ProbeRequest['params'];

/** A parameter that the module allows; undefined if it is absent, empty or not allowed (upstream ignores what it does not know, too). */
function allowed(params: Params, name: QueryParam, { allowedParams }: DnsOptions): string | undefined {
  const value = allowedParams.has(name) ? params?.get(name) : undefined;
  return value === '' ? undefined : value;
}

/** The text of a 400 answer to a `query_type` that does not exist. */
export function refuseParams({ params }: ProbeRequest, options: DnsOptions): string | undefined {
  const type = allowed(params, 'query_type', options);
  return type === undefined || typeNumber(type) !== undefined ? undefined : `query type '${type}' is not valid`;
}

/** The question of the module, with what the request may and does set in place of it. */
export function overrideQuery(options: DnsOptions, params: Params): QueryRecipe {
  if (options.allowedParams.size === 0) return options.query;
  const name = allowed(params, 'query_name', options);
  const type = typeNumber(allowed(params, 'query_type', options) ?? '');
  return {
    ...options.query,
    ...(name !== undefined && { name: bytesOf(name) }),
    ...(type !== undefined && { type }),
  };
}

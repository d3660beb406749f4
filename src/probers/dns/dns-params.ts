import type { QueryRecipe } from '../../net/dns/dns-query.js';
import type { ProbeRequest } from '../../probe/prober.js';
import { bytesOf } from '../../values/byte-string.js';
import { typeNumber } from './dns-codes.js';
import type { DnsOptions, QueryParam } from './dns-options.js';

type Params = ProbeRequest['params'];

/**
 * Returns a parameter that the module allows, or undefined if it is absent, empty or not allowed. Like upstream, it
 * ignores unknown parameters.
 */
function allowed(params: Params, name: QueryParam, { allowedParams }: DnsOptions): string | undefined {
  const value = allowedParams.has(name) ? params?.get(name) : undefined;
  return value === '' ? undefined : value;
}

/** Returns the text of the answer 400 for an unknown `query_type`, or undefined. */
export function refuseParams({ params }: ProbeRequest, options: DnsOptions): string | undefined {
  const type = allowed(params, 'query_type', options);
  return type === undefined || typeNumber(type) !== undefined ? undefined : `query type '${type}' is not valid`;
}

/** Returns the query of the module, with the parameters of the request in place of its name and type. */
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

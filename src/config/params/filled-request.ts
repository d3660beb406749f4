import type { ProbeRequest } from '../../probe/prober.js';
import { encodeForPath, whyUnfitFor } from './filled-text.js';
import type { ParamValues } from './module-template.js';
import type { RequestPart } from './param-key.js';
import { unfit } from './param-spec.js';
import type { DeclaredParam } from './read-params.js';

/**
 * Returns the request with the parts that parameters fill. The prober does not see parameters that the module declares:
 * otherwise its own query parameters could bypass the declaration.
 */
export function filledRequest(
  request: ProbeRequest,
  params: readonly DeclaredParam[],
  values: ParamValues,
): ProbeRequest {
  const names = new Set(params.map(({ name }) => name));
  const { hostname, ...rest } = request;
  const others = new Map([...(request.params ?? [])].filter(([name]) => !names.has(name)));
  const ownsHostname = params.some(({ key }) => key?.to === 'request' && key.part === 'hostname');
  const start: ProbeRequest = { ...rest, ...(hostname !== undefined && !ownsHostname && { hostname }), params: others };
  return params.reduce((filled, param) => {
    const value = values.get(param.name);
    return param.key?.to === 'request' && value !== undefined
      ? withPart(filled, param.key.part, { param, value })
      : filled;
  }, start);
}

interface Given {
  readonly param: DeclaredParam;
  readonly value: string;
}

function withPart(request: ProbeRequest, part: RequestPart, { param, value }: Given): ProbeRequest {
  switch (part) {
    case 'hostname': {
      const why = whyUnfitFor('host', value);
      if (why !== undefined) throw unfit(param.name, value, why);
      return { ...request, hostname: value };
    }
    case 'port':
      return { ...request, target: withPort(request.target, value) };
    case 'path': {
      const path = value.startsWith('/') ? value : `/${value}`;
      const why = whyUnfitFor('path', path);
      if (why !== undefined) throw unfit(param.name, value, why);
      return { ...request, target: withPath(request.target, encodeForPath(path, true)) };
    }
    default:
      return part satisfies never;
  }
}

/** Scheme and authority, and what follows. */
const ORIGIN = /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)((?:[/?#].*)?)$/is;

/** A query of the target stays. */
function withPath(target: string, path: string): string {
  const [, scheme = '', authority = '', rest = ''] = ORIGIN.exec(target) ?? [];
  const [, query = ''] = /^[^?#]*(\?[^#]*)?/.exec(rest) ?? [];
  return `${scheme}${authority}${path}${query}`;
}

function withPort(target: string, port: string): string {
  const [, scheme = '', authority = '', rest = ''] = ORIGIN.exec(target) ?? [];
  const at = authority.lastIndexOf('@') + 1;
  const [userinfo, place] = [authority.slice(0, at), authority.slice(at)];
  const colons = place.split(':').length - 1;
  const host = colons > 1 && !place.startsWith('[') ? `[${place}]` : place.replace(/:[^:\]]*$/, '');
  return `${scheme}${userinfo}${host}:${port}${rest}`;
}

import type { PathStep } from '../../values/config-error.js';
import type { RawParam } from '../../values/raw-config.js';
import type { Shape } from '../schema/shape.js';
import { type PlaceKind, placeOf } from './place-kind.js';

/** The place that a parameter fills: a part of the request, or a key of the module. */
export type ParamKey =
  | { readonly to: 'request'; readonly part: RequestPart }
  | { readonly to: 'module'; readonly path: readonly PathStep[]; readonly shape: Shape; readonly kind: PlaceKind };

/** A part of a request that a parameter can fill. */
export type RequestPart = 'hostname' | 'port' | 'path';

/** The probers whose targets have a path, or a port. */
const PATHS: readonly string[] = ['http', 'websocket', 'nginx'];
const PORTS: readonly string[] = ['http', 'websocket', 'nginx', 'tcp', 'grpc', 'dns', 'redis'];
const HOSTNAMES: readonly string[] = ['http', 'tcp', 'unix', 'websocket', 'nginx', 'redis'];

/** Types that fit the kinds of keys that are no texts. */
const FITTING: Readonly<Record<'integer' | 'boolean', readonly RawParam['type'][]>> = {
  integer: ['integer', 'port'],
  boolean: ['boolean'],
};

/** Finds what a `key` means in a module. Returns a text that says what is wrong with it. */
export function readParamKey(
  key: string,
  type: RawParam['type'],
  { prober, shape }: { readonly prober: string; readonly shape: Shape },
): ParamKey | string {
  const block = shape.kind === 'struct' ? shape.properties.get(prober) : undefined;
  const path = key === 'timeout' ? ['timeout'] : [prober, ...stepsOf(key, block)];
  const shapes = shapesAlong(shape, path);
  const found = shapes?.at(-1);
  if (shapes === undefined || found === undefined) return requestPart(key, prober);
  const place = placeOf(path, shapes);
  if ('refused' in place) return `the key cannot be set by a parameter: ${place.refused}`;
  const item = found.kind === 'list' ? found.items : found;
  if (item.kind === 'integer' || item.kind === 'boolean') {
    const fitting = FITTING[item.kind];
    if (!fitting.includes(type)) return `the key needs the type ${fitting[0] ?? ''}`;
  } else if (item.kind !== 'text') return 'a parameter can fill single values and lists of them, no blocks';
  return { to: 'module', path, shape: found, kind: place.kind };
}

function requestPart(key: string, prober: string): ParamKey | string {
  if (key === 'hostname' && HOSTNAMES.includes(prober)) return { to: 'request', part: 'hostname' };
  if (key === 'port' && PORTS.includes(prober)) return { to: 'request', part: 'port' };
  if (key === 'path' && PATHS.includes(prober)) return { to: 'request', part: 'path' };
  return `there is no such key below \`${prober}:\`, and the requests of this prober have no such part; see docs/params.md`;
}

/** Splits a key at its dots. The rest after the name of a mapping is one name, such as that of a header. */
function stepsOf(key: string, block: Shape | undefined): readonly string[] {
  const dot = key.indexOf('.');
  if (dot < 0) return [key];
  const first = key.slice(0, dot);
  const inner = block?.kind === 'struct' ? block.properties.get(first) : undefined;
  const rest = key.slice(dot + 1);
  return inner?.kind === 'map' ? [first, rest] : [first, ...stepsOf(rest, inner)];
}

/** The shapes of the mappings on a path, and that of its end; undefined if there is no such path. */
function shapesAlong(root: Shape, path: readonly string[]): readonly Shape[] | undefined {
  const shapes = [root];
  for (const step of path) {
    const shape = shapes.at(-1);
    const next =
      shape?.kind === 'struct' ? shape.properties.get(step) : shape?.kind === 'map' ? shape.values : undefined;
    if (next === undefined) return undefined;
    shapes.push(next);
  }
  return shapes;
}

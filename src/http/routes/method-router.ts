/** One path, or all paths below one, with what is asked there by method. */
export interface MethodRoute<T> {
  /** A whole path, or, ending with a slash and `isPrefix`, the beginning of at least one character more. */
  readonly path: string;
  readonly isPrefix?: true;
  readonly methods: readonly string[];
  readonly target: T;
}

/** Where a request leads. */
export type Routed<T> =
  | { readonly kind: 'found'; readonly target: T; readonly rest: string }
  | { readonly kind: 'redirect'; readonly path: string }
  /** Of another method, or of OPTIONS, which is answered with what there is. */
  | { readonly kind: 'allow'; readonly allow: string }
  | { readonly kind: 'nowhere' };

/**
 * Finds routes as the router of Prometheus' programs does (julienschmidt/httprouter): by method; a slash too many or too few and wrong letter case
 * are redirected to where the method has a route; other methods of a path are named in `Allow`.
 */
export class MethodRouter<T> {
  readonly #routes: readonly MethodRoute<T>[];

  constructor(routes: readonly MethodRoute<T>[]) {
    this.#routes = routes;
  }

  find(method: string, path: string): Routed<T> {
    const routes = this.#routes.filter(({ methods }) => methods.includes(method));
    for (const route of routes) {
      const rest = restBehind(route, path);
      if (rest !== undefined) return { kind: 'found', target: route.target, rest };
    }
    const elsewhere = path === '/' ? undefined : meantPath(routes, path);
    if (elsewhere !== undefined) return { kind: 'redirect', path: elsewhere };
    const others = this.#routes.filter((route) => restBehind(route, path) !== undefined);
    const methods = others.flatMap((route) => route.methods).filter((other) => other !== 'OPTIONS');
    if (methods.length === 0) return { kind: 'nowhere' };
    const allowed = new Set([...methods, 'OPTIONS']);
    return { kind: 'allow', allow: [...allowed].sort().join(', ') };
  }
}

/** What follows the route's path; undefined if the path is another. */
function restBehind<T>({ path: own, isPrefix }: MethodRoute<T>, path: string): string | undefined {
  if (isPrefix !== true) return path === own ? '' : undefined;
  return path.length > own.length && path.startsWith(own) ? path.slice(own.length) : undefined;
}

function meantPath<T>(routes: readonly MethodRoute<T>[], path: string): string | undefined {
  const otherSlash = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  if (routes.some((route) => restBehind(route, otherSlash) !== undefined)) return otherSlash;
  const lower = path.toLowerCase();
  for (const { path: own, isPrefix } of routes) {
    if (isPrefix === true) {
      if (lower.length > own.length && lower.startsWith(own.toLowerCase())) return own + path.slice(own.length);
    } else if ([lower, otherSlash.toLowerCase()].includes(own.toLowerCase())) return own;
  }
  return undefined;
}

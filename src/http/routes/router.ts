import type { Exchange } from '../exchange.js';

/**
 * Answers a request that has found its route. `rest` is what follows the path of a route with `isPrefix`, otherwise "".
 */
export type RouteHandler<X extends Exchange = Exchange> = (exchange: X, rest: string) => void | Promise<void>;

/** One path, or all paths below one, and the handler for some methods or for all. */
export interface RouteRow<X extends Exchange = Exchange> {
  /** A whole path. With `isPrefix`, the beginning of at least one character more. */
  readonly path: string;
  readonly isPrefix?: true;
  /**
   * With `any`, the path is matched exactly and never named in a redirect or in `Allow`, as by Go's ServeMux.
   * With a list, the rules are those of the httprouter of Prometheus' programs; see Router.
   */
  readonly methods: 'any' | readonly string[];
  readonly handler: RouteHandler<X>;
}

/** The result of routing a request. */
export type Routed<X extends Exchange> =
  | { readonly kind: 'found'; readonly handler: RouteHandler<X>; readonly rest: string }
  /** A redirect to a path of the router, not of the whole service. */
  | { readonly kind: 'redirect'; readonly path: string }
  /**
   * The path has routes for other methods only, which are named; the answer to OPTIONS on each path that has routes.
   */
  | { readonly kind: 'allow'; readonly allow: string }
  | { readonly kind: 'nowhere' };

/**
 * Finds the handler for a method and a path. The first row that fits wins.
 *
 * For rows with a list of methods the rules are those of julienschmidt/httprouter: a path with a slash too many or too
 * few, or in the wrong letter case, is redirected to the path that has a route for the method; a path that has routes
 * for other methods only is answered with their names.
 */
export class Router<X extends Exchange = Exchange> {
  readonly #rows: readonly RouteRow<X>[];

  constructor(rows: readonly RouteRow<X>[]) {
    this.#rows = rows;
  }

  find(method: string, path: string): Routed<X> {
    for (const row of this.#rows) {
      if (row.methods !== 'any' && !row.methods.includes(method)) continue;
      const rest = restBehind(row, path);
      if (rest !== undefined) return { kind: 'found', handler: row.handler, rest };
    }
    const meant = path === '/' ? undefined : meantPath(this.#rowsOf(method), path);
    if (meant !== undefined) return { kind: 'redirect', path: meant };
    const others = this.#rows.filter((row) => restBehind(row, path) !== undefined);
    const methods = others.flatMap((row) => row.methods).filter((other) => other !== 'OPTIONS');
    if (methods.length === 0) return { kind: 'nowhere' };
    return { kind: 'allow', allow: [...new Set([...methods, 'OPTIONS'])].sort().join(', ') };
  }

  #rowsOf(method: string): readonly RouteRow<X>[] {
    return this.#rows.filter(({ methods }) => methods !== 'any' && methods.includes(method));
  }
}

/** The part of the path after the row's own, empty on an exact match; undefined if the row does not match. */
function restBehind(
  { path: own, isPrefix }: Pick<RouteRow<never>, 'path' | 'isPrefix'>,
  path: string,
): string | undefined {
  if (isPrefix !== true) return path === own ? '' : undefined;
  return path.length > own.length && path.startsWith(own) ? path.slice(own.length) : undefined;
}

function meantPath(rows: readonly Pick<RouteRow<never>, 'path' | 'isPrefix'>[], path: string): string | undefined {
  const otherSlash = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  if (rows.some((row) => restBehind(row, otherSlash) !== undefined)) return otherSlash;
  const lower = path.toLowerCase();
  for (const { path: own, isPrefix } of rows) {
    if (isPrefix === true) {
      if (lower.length > own.length && lower.startsWith(own.toLowerCase())) return own + path.slice(own.length);
    } else if ([lower, otherSlash.toLowerCase()].includes(own.toLowerCase())) return own;
  }
  return undefined;
}

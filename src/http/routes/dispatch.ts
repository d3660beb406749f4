import { errorReply, HttpError, sendRedirect, sendReply } from '../answers/http-reply.js';
import type { Exchange } from '../exchange.js';
import { urlOf } from './request-path.js';
import type { Router } from './router.js';

/** The path that a router is asked for, and where the router is. */
export interface RoutedPath {
  /** Decoded and clean, below `base`. */
  readonly path: string;
  /** The path of the router itself, without a slash at the end; "" if it has the whole service. */
  readonly base?: string;
}

/**
 * Lets a router's handler answer a request, or answers as httprouter does where there is no handler. Throws an
 * HttpError 404.
 */
export function dispatch<X extends Exchange>(
  router: Router<X>,
  exchange: X,
  { path, base = '' }: RoutedPath,
): void | Promise<void> {
  const { request, response, query } = exchange;
  const method = request.method ?? '';
  const found = router.find(method, path);
  switch (found.kind) {
    case 'found':
      return found.handler(exchange, found.rest);
    case 'redirect':
      sendRedirect(exchange, method === 'GET' ? 301 : 307, urlOf(base + found.path, query));
      return;
    case 'allow': {
      const reply = method === 'OPTIONS' ? { status: 200, body: '' } : errorReply(405, 'Method Not Allowed');
      sendReply(response, { ...reply, headers: { ...reply.headers, Allow: found.allow } });
      return;
    }
    case 'nowhere':
      throw new HttpError(404, '404 page not found');
  }
}

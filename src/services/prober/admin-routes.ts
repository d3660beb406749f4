import { errorReply, PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import type { Route, WebRequest } from '../../http/exchange.js';
import { loopTurns } from '../../values/loop-turns.js';

/** `GET /-/healthy`: the service answers. */
export const healthyRoute: Route = ({ response }) => {
  sendReply(response, { status: 200, contentType: PLAIN_TEXT_UTF8, body: 'Healthy' });
};

/**
 * `POST /-/reload`: reads the configuration again; resolves to the error's text where that failed. With `takesGet` GET
 * does so as well, except for pages of other sites, which browsers let send one.
 */
export function reloadRoute(reload: () => Promise<string | undefined>, takesGet = false): Route {
  return async ({ request, response }) => {
    const isRight = request.method === 'POST' || (takesGet && request.method === 'GET' && !isOfOtherSite(request));
    if (!isRight) {
      const body = 'This endpoint requires a POST request.\n';
      sendReply(response, { status: 405, contentType: PLAIN_TEXT_UTF8, body });
      return;
    }
    const problem = await reload();
    // All who asked meanwhile hear of it at once: 600 answers over TLS held the loop for 0.1 s.
    if (loopTurns.isOver()) await loopTurns.soon();
    const reply =
      problem === undefined ? { status: 200, body: '' } : errorReply(500, `failed to reload config: ${problem}`);
    sendReply(response, reply);
  };
}

/** Whether a browser says that another site wants it (Fetch Metadata). */
function isOfOtherSite({ headers }: WebRequest): boolean {
  return ![undefined, 'none', 'same-origin'].includes(headers['sec-fetch-site']?.toString());
}

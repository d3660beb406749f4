import { errorReply, PLAIN_TEXT_UTF8, sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';

/** `GET /-/healthy`: the service answers. */
export const healthyRoute: Route = ({ response }) => {
  sendReply(response, { status: 200, contentType: PLAIN_TEXT_UTF8, body: 'Healthy' });
};

/** `POST /-/reload`: reads the configuration again; resolves to the error's text where that failed. */
export function reloadRoute(reload: () => Promise<string | undefined>): Route {
  return async ({ request, response }) => {
    if (request.method !== 'POST') {
      const body = 'This endpoint requires a POST request.\n';
      sendReply(response, { status: 405, contentType: PLAIN_TEXT_UTF8, body });
      return;
    }
    const problem = await reload();
    const reply =
      problem === undefined ? { status: 200, body: '' } : errorReply(500, `failed to reload config: ${problem}`);
    sendReply(response, reply);
  };
}

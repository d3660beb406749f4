import { type Reply, sendWhole } from '../../../http/answers/http-reply.js';
import { html } from '../../../http/pages/html.js';
import type { RouteHandler } from '../../../http/routes/router.js';
import { inSlices } from '../../../values/in-slices.js';
import { proberPage } from './prober-page.js';
import { type ReportPageOptions, reportReply } from './report-page.js';

/** `GET /probes/ID`: the page of one probe of the history. */
export function probePage(options: ReportPageOptions): RouteHandler {
  return async ({ request, response }, rest) => {
    const item = /^\d{1,15}$/.test(rest) ? options.history.byIdOrLatest(Number(rest)) : undefined;
    const reply =
      item === undefined
        ? notKeptReply('../')
        : await inSlices(reportReply({ item, id: item.id, request, up: '../' }, options));
    await sendWhole(response, reply);
  };
}

/** The page, with status 404, that says that a probe is not in the history. */
export function notKeptReply(up: '' | '../'): Reply {
  const main = html`<h1>No such probe</h1>
<p>It has never been, or it is not kept any more: see <code>--history.limit</code>.</p>
<p><a href="${up === '' ? './' : up}">Targets and recent probes</a></p>
`;
  return proberPage({ title: 'No such probe', up, status: 404, main });
}

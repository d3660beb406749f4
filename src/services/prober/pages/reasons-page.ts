import { type Reply, sendReply } from '../../../http/answers/http-reply.js';
import type { Route } from '../../../http/exchange.js';
import { html } from '../../../http/pages/html.js';
import { FAILURE_REASONS, type FailureReason } from '../../../probe/failure.js';
import { FAILURE_ADVICE } from '../../../probe/failure-advice.js';
import { proberPage } from './prober-page.js';
import { REPORT_STYLE } from './report-style.js';

/** `GET /reasons`: every reason why a probe can fail, what it means and what to do next, each with an anchor. */
export function reasonsRoute(): Route {
  let page: Reply | undefined;
  return ({ response }) => {
    page ??= reasonsReply();
    sendReply(response, page);
  };
}

function reasonsReply(): Reply {
  const entries = Object.entries(FAILURE_REASONS) as [FailureReason, string][];
  const rows = entries.map(
    ([reason, explanation]) =>
      html`<dt id="${reason}"><code>${reason}</code></dt><dd>${explanation}.<br><strong>Next:</strong> ${FAILURE_ADVICE[reason]}</dd>\n`,
  );
  const main = html`<h1>Why a probe fails</h1>
<p>These are the words of <code>probe_failure_info{reason="…"}</code>, by which alerts and dashboards select.</p>
<dl>
${rows}</dl>
`;
  return proberPage({ title: 'Failure reasons', here: 'reasons', style: REPORT_STYLE, main });
}

import { sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { html } from '../../http/pages/html.js';
import { htmlPage } from '../../http/pages/html-page.js';
import type { Companions } from '../companions.js';

/** The content of the index page of node metrics. */
export interface NodeIndexOptions {
  readonly version: string;
  /** Relative, so that the link holds below any prefix: `metrics`. */
  readonly metricsPath: string;
  /** The names of the collectors that run. */
  readonly collectors: readonly string[];
  readonly beside: Companions;
}

/** `GET /` of node metrics: where the metrics are, and what collects them. */
export function nodeIndexRoute({ version, metricsPath, collectors, beside }: NodeIndexOptions): Route {
  const items = collectors.map((name) => html`<li><a href="${metricsPath}?collect[]=${name}">${name}</a></li>\n`);
  const main = html`<h1>Node Exporter</h1>
<p>Sonde ${version}</p>
<p><a href="${metricsPath}">Metrics</a>, or those of one collector:</p>
<ul>
${items}</ul>
`;
  const links = [
    { href: './', text: 'Collectors', isHere: true },
    { href: metricsPath, text: 'Metrics' },
  ];
  return ({ request, response }) => {
    const services = beside.linksFor(request);
    sendReply(response, htmlPage({ title: 'Node Exporter – Sonde', service: 'Sonde node', links, services, main }));
  };
}

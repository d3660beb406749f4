import { sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { html } from '../../http/pages/html.js';
import { htmlPage } from '../../http/pages/html-page.js';
import type { Companions } from '../companions.js';
import type { ServerExporter } from './server-exporter.js';

/** The content of an exporter's index page. */
export interface ExporterIndexOptions {
  readonly exporter: ServerExporter;
  readonly version: string;
  /** Relative, so that the link holds below any prefix: `metrics`. */
  readonly metricsPath: string;
  readonly beside: Companions;
}

/** `GET /` of an exporter: where the metrics are. */
export function exporterIndexRoute({ exporter, version, metricsPath, beside }: ExporterIndexOptions): Route {
  const { what, name, byTarget } = exporter;
  const other =
    byTarget === undefined
      ? ''
      : html`<p>Those of another server: <code>${byTarget.path}?target=host:port</code></p>\n`;
  const main = html`<h1>${what}</h1>
<p>Sonde ${version}</p>
<p><a href="${metricsPath}">Metrics</a></p>
${other}`;
  const links = [
    { href: './', text: 'Start', isHere: true },
    { href: metricsPath, text: 'Metrics' },
  ];
  return ({ request, response }) => {
    const services = beside.linksFor(request);
    sendReply(response, htmlPage({ title: `${what} – Sonde`, service: `Sonde ${name}`, links, services, main }));
  };
}

import { sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { html } from '../../http/pages/html.js';

/** What the index page of node metrics says. */
export interface NodeIndexOptions {
  readonly version: string;
  /** Relative, so that the link holds below any prefix: `metrics`. */
  readonly metricsPath: string;
}

/** `GET /` of node metrics: where the metrics are. */
export function nodeIndexRoute({ version, metricsPath }: NodeIndexOptions): Route {
  const page = html`<!DOCTYPE html>
<html lang="en">
    <head><meta charset="utf-8"><title>Node Exporter</title></head>
    <body>
    <h1>Node Exporter</h1>
    <p>Sonde ${version}</p>
    <p><a href="${metricsPath}">Metrics</a></p>
</body>
</html>
`;
  return ({ response }) => {
    sendReply(response, { status: 200, contentType: 'text/html; charset=UTF-8', body: page.toString() });
  };
}

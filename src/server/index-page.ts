import type { History, HistoryEntry } from '../probe/history.js';
import { maskUrlPasswords } from '../values/masked-text.js';
import type { Route } from './exchange.js';
import { escapeHtml, sendReply } from './http-reply.js';

/** `GET /`: links to all there is, and the probes of the history, newest first. Links are relative, so they hold below any prefix. */
export function indexRoute(history: History): Route {
  return ({ response }) => {
    sendReply(response, { status: 200, contentType: 'text/html', body: indexPage(history.newestFirst()) });
  };
}

function indexPage(entries: readonly HistoryEntry[]): string {
  return `<!DOCTYPE html>
<html lang="en">
    <head><meta charset="utf-8"><title>Blackbox Exporter</title></head>
    <body>
    <h1>Blackbox Exporter</h1>
    <p><a href="probe?target=prometheus.io&amp;module=http_2xx">Probe prometheus.io for http_2xx</a></p>
    <p><a href="probe?target=prometheus.io&amp;module=http_2xx&amp;debug=true">Debug probe prometheus.io for http_2xx</a></p>
    <p><a href="metrics">Metrics</a></p>
    <p><a href="config">Configuration</a></p>
    <h2>Recent Probes</h2>
    <table border='1'><tr><th>Module</th><th>Target</th><th>Result</th><th>Debug</th></tr>
${entries.map(row).join('')}</table></body>
</html>
`;
}

function row({ id, module, target, outcome }: HistoryEntry): string {
  const result = outcome.failure === undefined ? 'Success' : '<strong>Failure</strong>';
  const cells = [escapeHtml(module), escapeHtml(maskUrlPasswords(target)), result, `<a href='logs?id=${id}'>Logs</a>`];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`;
}

import { sendReply } from '../../http/answers/http-reply.js';
import type { Route } from '../../http/exchange.js';
import { type Html, html } from '../../http/pages/html.js';
import { htmlPage, type PageLink } from '../../http/pages/html-page.js';
import type { History, HistoryEntry } from '../../probe/history.js';
import { maskUrlPasswords } from '../../values/masked-text.js';

/**
 * `GET /`: links to all there is, and the probes of the history, newest first. Links are relative, so they hold below
 * any prefix.
 */
export function indexRoute(history: History): Route {
  return ({ response }) => {
    const main = indexMain(history.newestFirst());
    sendReply(response, htmlPage({ title: 'Blackbox Exporter', service: 'Sonde', links: LINKS, main }));
  };
}

const LINKS: readonly PageLink[] = [
  { href: './', text: 'Probes', isHere: true },
  { href: 'metrics', text: 'Metrics' },
  { href: 'config', text: 'Configuration' },
];

function indexMain(entries: readonly HistoryEntry[]): Html {
  return html`<h1>Blackbox Exporter</h1>
<form class="bar" action="probe"><input name="target" required placeholder="Target, such as prometheus.io" aria-label="Target"><input name="module" value="http_2xx" aria-label="Module"><button name="debug" value="true">Probe and debug</button> <button>Probe</button></form>
<h2>Recent Probes</h2>
${entries.length === 0 ? html`<p class="muted">Nothing has been probed yet.</p>\n` : tableOf(entries)}`;
}

function tableOf(entries: readonly HistoryEntry[]): Html {
  const heads = ['Module', 'Target', 'Result', 'Seconds', 'Debug'].map((head) => html`<th scope="col">${head}</th>`);
  return html`<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>
${entries.map(row)}</tbody></table></div>
`;
}

function row({ id, module, target, outcome: { failure, durationSeconds } }: HistoryEntry): Html {
  const result =
    failure === undefined
      ? html`<span class="good-text">Success</span>`
      : html`<strong class="bad-text">Failure</strong> <span class="muted">${failure.reason}</span>`;
  const cells = [module, html`<span class="break">${maskUrlPasswords(target)}</span>`, result].map(
    (cell) => html`<td>${cell}</td>`,
  );
  return html`<tr>${cells}<td class="value">${durationSeconds.toFixed(3)}</td><td><a href="logs?id=${id}">Logs</a></td></tr>\n`;
}

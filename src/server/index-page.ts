import type { History, HistoryEntry } from '../probe/history.js';
import { maskUrlPasswords } from '../values/masked-text.js';
import type { Route } from './exchange.js';
import { htmlPage } from './html-page.js';
import type { PageLink } from './html-page.js';
import { escapeHtml, sendReply } from './http-reply.js';

/** `GET /`: links to all there is, and the probes of the history, newest first. Links are relative, so they hold below any prefix. */
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

function indexMain(entries: readonly HistoryEntry[]): string {
  return `<h1>Blackbox Exporter</h1>
<form class="bar" action="probe"><input name="target" required placeholder="Target, such as prometheus.io" aria-label="Target"><input name="module" value="http_2xx" aria-label="Module"><button name="debug" value="true">Probe and debug</button> <button>Probe</button></form>
<h2>Recent Probes</h2>
${entries.length === 0 ? '<p class="muted">Nothing has been probed yet.</p>\n' : tableOf(entries)}`;
}

function tableOf(entries: readonly HistoryEntry[]): string {
  const heads = ['Module', 'Target', 'Result', 'Seconds', 'Debug'].map((head) => `<th scope="col">${head}</th>`);
  return `<div class="scroll"><table><thead><tr>${heads.join('')}</tr></thead><tbody>
${entries.map(row).join('')}</tbody></table></div>
`;
}

function row({ id, module, target, outcome: { failure, durationSeconds } }: HistoryEntry): string {
  const result =
    failure === undefined
      ? '<span class="good-text">Success</span>'
      : `<strong class="bad-text">Failure</strong> <span class="muted">${escapeHtml(failure.reason)}</span>`;
  const cells = [escapeHtml(module), `<span class="break">${escapeHtml(maskUrlPasswords(target))}</span>`, result].map(
    (cell) => `<td>${cell}</td>`,
  );
  return `<tr>${cells.join('')}<td class="value">${durationSeconds.toFixed(3)}</td><td><a href="logs?id=${id}">Logs</a></td></tr>\n`;
}

import { countText } from '../../../http/pages/count-text.js';
import { type Html, html } from '../../../http/pages/html.js';
import { agoHtml } from '../../../http/pages/page-times.js';
import type { History, HistoryEntry } from '../../../probe/history.js';
import { inSlices } from '../../../values/in-slices.js';
import { durationText } from './duration-text.js';
import { rowsOf } from './rows-of.js';
import { shownName } from './target-row.js';

/** Probes that are listed; `/api/v1/probes` has all. */
const MOST_ROWS = 100;

/** The probes of the history, newest first. Roles are named since narrow windows make cards of the rows. */
export async function recentProbesHtml(history: History, nowSeconds: number): Promise<Html> {
  const entries = history.newestFirst();
  const body =
    entries.length === 0
      ? html`<p class="muted">Nothing has been probed yet.</p>\n`
      : await tableOf(entries, nowSeconds);
  return html`<section id="recent"><h2>Recent Probes</h2>
${body}</section>
`;
}

async function tableOf(entries: readonly HistoryEntry[], nowSeconds: number): Promise<Html> {
  const heads = ['When', 'Module', 'Target', 'Result', 'Took', 'Details'].map(
    (head) => html`<th role="columnheader" scope="col">${head}</th>`,
  );
  const rows = await inSlices(rowsOf(entries.slice(0, MOST_ROWS), (entry) => row(entry, nowSeconds)));
  const more = entries.length - MOST_ROWS;
  return html`<table role="table" aria-label="Recent probes"><thead role="rowgroup"><tr role="row">${heads}</tr></thead><tbody role="rowgroup">
${rows}</tbody></table>
${more > 0 ? html`<p>and ${countText(more)} more in the <a href="api/v1/probes?limit=10000">list as JSON</a></p>\n` : ''}`;
}

function row({ id, module, target, outcome }: HistoryEntry, nowSeconds: number): Html {
  const { failure, durationSeconds, log } = outcome;
  const result =
    failure === undefined
      ? html`<span class="good-text">Success</span>`
      : html`<strong class="bad-text">Failure</strong> <span class="muted">${failure.reason}</span>`;
  const name = shownName(target);
  const cells = [
    agoHtml(log[0]?.wallSeconds ?? 0, nowSeconds),
    shownName(module),
    html`<span class="break">${name}</span>`,
    result,
  ].map((cell) => html`<td role="cell">${cell}</td>`);
  return html`<tr role="row">${cells}<td role="cell" class="value">${durationText(durationSeconds)}</td><td role="cell"><a href="logs?id=${id}" aria-label="Details of probe ${id}, ${name}">Details</a></td></tr>\n`;
}

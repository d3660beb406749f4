import { sendWhole } from '../../../http/answers/http-reply.js';
import type { Route } from '../../../http/exchange.js';
import { countText } from '../../../http/pages/count-text.js';
import { type Html, html } from '../../../http/pages/html.js';
import { parseQuery, type QueryParameters } from '../../../http/routes/query-parameters.js';
import type { History } from '../../../probe/history.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { Clock } from '../../../values/clock.js';
import { inSlices } from '../../../values/in-slices.js';
import type { Companions } from '../../companions.js';
import { selectTargets } from '../targets/select-targets.js';
import { readTargetFilter } from '../targets/target-filter.js';
import { moduleChoice, modulesHtml, probeForm } from './module-lists.js';
import { proberPage } from './prober-page.js';
import { recentProbesHtml } from './recent-probes.js';
import { rowsOf } from './rows-of.js';
import { TARGET_COLUMNS, targetRow } from './target-row.js';
import { TARGETS_SCRIPT_PATH } from './targets-script.js';
import { TARGETS_STYLE } from './targets-style.js';

/** The data of the page of targets. */
export interface TargetsPageOptions {
  readonly history: History;
  readonly modules: () => ReadonlyMap<string, ProbeModule>;
  readonly clock: Clock;
  readonly beside: Companions;
}

/** Targets that are listed at a time. */
const ROWS = 100;

interface Shown {
  readonly all: number;
  readonly failing: number;
  readonly found: number;
  readonly page: number;
  readonly pages: number;
}

/**
 * `GET /`: how each target is, those that fail first; `?q=`, `?module=` and `?outcome=` choose among them. Links are
 * relative, so they hold below any prefix.
 */
export function targetsPage(options: TargetsPageOptions): Route {
  return async ({ request, response, query }) => {
    const parameters = parseQuery(query);
    const targets = await targetsHtml(parameters, options);
    const modules = options.modules();
    const recent = await recentProbesHtml(options.history, options.clock.wallSeconds());
    const main = html`<h1>Targets</h1>
${filterForm(parameters, modules)}${targets}${probeForm(modules)}${modulesHtml(modules)}${recent}`;
    const services = options.beside.linksFor(request);
    const page = { title: 'Targets', here: './', style: TARGETS_STYLE, scriptPath: TARGETS_SCRIPT_PATH, main } as const;
    await sendWhole(response, proberPage({ ...page, services }));
  };
}

function filterForm(parameters: QueryParameters, modules: ReadonlyMap<string, ProbeModule>): Html {
  const outcome = parameters.get('outcome') ?? '';
  const choices = [
    ['', 'All'],
    ['failure', 'Failing'],
    ['success', 'OK'],
  ].map(([value = '', text]) => html`<option value="${value}"${value === outcome ? ' selected' : ''}>${text}</option>`);
  return html`<form class="bar" id="filter" role="search" action="./"><input type="search" name="q" value="${parameters.get('q') ?? ''}" maxlength="200" placeholder="Filter by target, module or reason" aria-label="Filter by target, module or reason" autocomplete="off">${moduleChoice(modules, { label: 'Module', chosen: parameters.get('module') ?? '', none: 'All modules' })}<select name="outcome" aria-label="Outcome">${choices}</select> <button>Filter</button> <label class="live" hidden><input type="checkbox" id="live"> Refresh by itself</label></form>
<p class="problem" id="stale" role="alert" hidden></p>
`;
}

async function targetsHtml(parameters: QueryParameters, { history, clock }: TargetsPageOptions): Promise<Html> {
  const filter = readTargetFilter(parameters);
  const all = history.targets.all();
  const found = await inSlices(selectTargets(all, filter));
  const pages = Math.max(1, Math.ceil(found.length / ROWS));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(parameters.get('page') ?? '1')) || 1));
  const failing = all.reduce((count, { last }) => count + (last.reason === undefined ? 0 : 1), 0);
  const nowSeconds = clock.wallSeconds();
  const onPage = found.slice((page - 1) * ROWS, page * ROWS);
  const rows = await inSlices(rowsOf(onPage, (state) => targetRow(state, { history, nowSeconds })));
  const shown = { all: all.length, failing, found: found.length, page, pages };
  return html`<section id="targets" aria-label="Targets" data-now="${nowSeconds}">
<p class="summary" role="status">${summaryText(shown)}</p>
${rows.length === 0 ? '' : tableHtml(rows)}${pagesHtml(shown, parameters)}</section>
`;
}

function summaryText({ all, failing, found }: Shown): string {
  if (all === 0) return 'Nothing has been probed yet.';
  const targets = `${countText(all)} ${all === 1 ? 'target' : 'targets'}`;
  const health = failing === 0 ? `No failure in ${targets}` : `${countText(failing)} of ${targets} failing`;
  return found === all ? `${health}.` : `${health}; ${countText(found)} shown by the filter.`;
}

/** The roles are those that the elements have anyway; browsers forget them where the style makes cards of the rows. */
function tableHtml(rows: readonly Html[]): Html {
  const heads = TARGET_COLUMNS.map((head) => html`<th role="columnheader" scope="col">${head}</th>`);
  return html`<table role="table" class="targets" aria-label="Targets"><thead role="rowgroup"><tr role="row">${heads}</tr></thead><tbody role="rowgroup">
${rows}</tbody></table>
`;
}

function pagesHtml({ page, pages }: Shown, parameters: QueryParameters): Html | undefined {
  if (pages === 1) return undefined;
  const href = (to: number): string => {
    const kept = ['q', 'module', 'outcome'].flatMap((name): [string, string][] => {
      const value = parameters.get(name) ?? '';
      return value === '' ? [] : [[name, value]];
    });
    return `?${new URLSearchParams([...kept, ['page', String(to)]]).toString()}`;
  };
  const before = page > 1 ? html`<a href="${href(page - 1)}" rel="prev">Previous</a> ` : '';
  const after = page < pages ? html` <a href="${href(page + 1)}" rel="next">Next</a>` : '';
  return html`<nav aria-label="Pages of targets">${before}page ${countText(page)} of ${countText(pages)}${after}</nav>\n`;
}

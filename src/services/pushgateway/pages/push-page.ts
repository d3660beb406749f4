import { HttpError, type Reply, sendReply } from '../../../http/answers/http-reply.js';
import type { Route } from '../../../http/exchange.js';
import { countText } from '../../../http/pages/count-text.js';
import { type Html, html } from '../../../http/pages/html.js';
import { type HtmlPage, htmlPage } from '../../../http/pages/html-page.js';
import { parseQuery, type QueryParameters } from '../../../http/routes/query-parameters.js';
import type { GroupList, GroupSource, PushedGroup } from '../../../push/pushed-group.js';
import type { Clock } from '../../../values/clock.js';
import { inSlices } from '../../../values/in-slices.js';
import type { Companions } from '../../companions.js';
import { familiesHtml, groupHref, groupHtml, type GroupView, oneFamilyHtml } from './push-groups-html.js';
import { PUSHGATEWAY, pushLinks } from './push-page-frame.js';
import { PUSH_PAGE_SCRIPT } from './push-page-script.js';

/** The data of the page of groups. */
export interface PushPageOptions {
  readonly groups: GroupSource;
  /** Whether all groups may be deleted at once (`--web.enable-admin-api`). */
  readonly canWipe: boolean;
  /** Why nothing can be pushed, undefined while it can. */
  readonly problem: () => string | undefined;
  /** Why the last push into a group failed, where that is known. */
  readonly whyFailed: (group: PushedGroup) => string | undefined;
  readonly clock: Clock;
  readonly beside: Companions;
}

/** Names that are looked at between two moments at which others may have their turn. */
const NAMES_A_STEP = 256;

/** Groups that are listed at a time. */
const GROUPS_SHOWN = 100;

/**
 * `GET /`: the groups, `?q=` those that have all its words in their labels or in the names of their metrics, `?group=`
 * one of them with its metrics. What is shown at a time is bounded, whatever is stored.
 */
export function pushPageRoute(options: PushPageOptions): Route {
  return async ({ request, response, query }) => {
    const parameters = parseQuery(query);
    const id = parameters.get('group');
    const reply =
      id === undefined
        ? htmlPage({ ...(await inSlices(listPage(parameters, options))), services: options.beside.linksFor(request) })
        : await inSlices(groupReply(id, parameters, options));
    sendReply(response, reply);
  };
}

function* listPage(parameters: QueryParameters, options: PushPageOptions): Generator<undefined, HtmlPage> {
  const all = options.groups.groups();
  const filter = parameters.get('q') ?? '';
  const found = filter === '' ? all : yield* matchingGroups(all, filter);
  const pages = Math.max(1, Math.ceil(found.length / GROUPS_SHOWN));
  const page = Math.min(pages, Math.max(1, Number(parameters.get('page') ?? '1') || 1));
  const first = (Math.ceil(page) - 1) * GROUPS_SHOWN;
  const shown = found.slice(first, first + GROUPS_SHOWN);
  const count = countOf({ all: all.length, found: found.length });
  const main = html`<h1>Pushed metrics</h1>
${problemHtml(options.problem())}<div class="bar"><form role="search"><input id="filter" type="search" name="q" value="${filter}" placeholder="Filter by label or metric" aria-label="Filter groups by label or metric" autocomplete="off"></form>
${options.canWipe ? html`<span id="wipe">${all.length > 0 ? wipeButton(all.length) : ''}</span>\n` : ''}</div>
<section id="groups" data-count="${count}" data-now="${options.clock.wallSeconds()}">
<p class="muted">${count}</p>
<ul class="groups">
${shown.map((group) => groupHtml(viewOf(group, options)))}</ul>
${pagesHtml({ page: Math.ceil(page), pages, filter })}</section>
${DIALOG}`;
  return { title: 'Pushgateway', service: PUSHGATEWAY, links: pushLinks('./'), main, script: PUSH_PAGE_SCRIPT };
}

function viewOf(group: PushedGroup, { clock, whyFailed }: PushPageOptions): GroupView {
  return { group, nowSeconds: clock.wallSeconds(), why: whyFailed(group) };
}

function countOf({ all, found }: { readonly all: number; readonly found: number }): string {
  const groups = `${countText(all)} ${all === 1 ? 'group' : 'groups'}`;
  if (all === 0) return 'Nothing has been pushed yet.';
  return found === all ? groups : `${countText(found)} of ${groups}`;
}

function wipeButton(count: number): Html {
  return html`<button type="button" class="bad" data-delete="all">Delete All ${countText(count)} ${count === 1 ? 'Group' : 'Groups'}</button>`;
}

function problemHtml(problem: string | undefined): Html | undefined {
  return problem === undefined
    ? undefined
    : html`<p class="problem" role="alert"><span class="bad-text">Nothing can be pushed:</span> ${problem}</p>\n`;
}

/** The groups that have all words of a filter, each in a label or in the name of a metric. */
function* matchingGroups(groups: GroupList, filter: string): Generator<undefined, readonly PushedGroup[]> {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found: PushedGroup[] = [];
  for (const group of groups) if (yield* hasWords(group, words)) found.push(group);
  return found;
}

function* hasWords({ key, families }: PushedGroup, words: readonly string[]): Generator<undefined, boolean> {
  yield;
  const labels = key.labels.map(({ name, value }) => `${name}="${value}"`.toLowerCase());
  const missing = new Set(
    words.filter((word) => !labels.some((label) => label.includes(word) || label.replaceAll('"', '').includes(word))),
  );
  let count = 0;
  for (const name of families.keys()) {
    if (missing.size === 0) break;
    if (++count % NAMES_A_STEP === 0) yield;
    const lower = name.toLowerCase();
    for (const word of missing) if (lower.includes(word)) missing.delete(word);
  }
  return missing.size === 0;
}

function pagesHtml({
  page,
  pages,
  filter,
}: {
  readonly page: number;
  readonly pages: number;
  readonly filter: string;
}): Html | undefined {
  if (pages === 1) return undefined;
  const href = (target: number): string =>
    `?${new URLSearchParams({ ...(filter !== '' && { q: filter }), page: String(target) }).toString()}`;
  const before = page > 1 ? html`<a href="${href(page - 1)}" rel="prev">Previous</a> ` : '';
  const after = page < pages ? html` <a href="${href(page + 1)}" rel="next">Next</a>` : '';
  return html`<nav aria-label="Pages of groups">${before}page ${countText(page)} of ${countText(pages)}${after}</nav>\n`;
}

function* groupReply(id: string, parameters: QueryParameters, options: PushPageOptions): Generator<undefined, Reply> {
  const group = yield* groupOf(id, options.groups.groups());
  if (group === undefined) throw new HttpError(404, 'there is no such group (any more)');
  const view = viewOf(group, options);
  if (parameters.get('part') === 'metrics') {
    return {
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: FRAGMENT_HEADERS,
      body: (yield* familiesHtml(view)).toString(),
    };
  }
  const name = parameters.get('metric');
  const family = name === undefined ? undefined : oneFamilyHtml(view, name);
  const content = family ?? (yield* familiesHtml(view));
  if (name !== undefined && family === undefined) throw new HttpError(404, 'there is no such metric (any more)');
  return groupPage(view, { content, isWhole: family === undefined });
}

function groupPage(
  view: GroupView,
  { content, isWhole }: { readonly content: Html; readonly isWhole: boolean },
): Reply {
  const back = isWhole
    ? html`<a href="./">All groups</a>`
    : html`<a href="${groupHref(view.group)}">The whole group</a>`;
  const main = html`<h1>Pushed metrics</h1>
<p>${back}</p>
<section id="groups" data-now="${view.nowSeconds}"><ul class="groups">
${groupHtml(view, content)}</ul></section>
${DIALOG}`;
  return htmlPage({
    title: 'Pushgateway: a group',
    service: PUSHGATEWAY,
    links: pushLinks(),
    main,
    script: PUSH_PAGE_SCRIPT,
  });
}

function* groupOf(id: string, groups: GroupList): Generator<undefined, PushedGroup | undefined> {
  let count = 0;
  for (const group of groups) {
    if (++count % NAMES_A_STEP === 0) yield;
    if (group.key.id === id) return group;
  }
  return undefined;
}

/** A part of a page is of no use alone, and no place for anything that runs. */
const FRAGMENT_HEADERS = {
  'Content-Security-Policy': "default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

const DIALOG = html`<p role="status" class="muted"></p>
<dialog aria-labelledby="question"><p id="question" data-question></p><p></p><p class="bad-text" role="alert" data-answer></p>
<div class="bar"><button type="button" data-cancel>Cancel</button><button type="button" class="bad" data-confirm>Delete</button></div></dialog>
`;

import { type Html, html, joinHtml } from '../../../http/pages/html.js';
import { sortSteps } from '../../../metrics/sort-steps.js';
import { pushTimes } from '../../../push/push-times.js';
import { lastPushSucceeded, type PushedFamily, type PushedGroup } from '../../../push/pushed-group.js';
import { familyHtml, type FamilyView } from './push-family-html.js';
import { groupPath } from './push-group-path.js';
import { badgesHtml, countText, timeHtml } from './push-page-text.js';

/** Rows of a family that are shown with its group, and on its own. */
const ROWS_IN_GROUP = 50;
const ROWS_ALONE = 10_000;
/** Families of a group that are shown at a time. */
const FAMILIES_SHOWN = 500;

/** One group in the list, open with what is shown inside; else that comes when somebody opens it. */
export function groupHtml(group: PushedGroup, content?: Html): Html {
  const { key, families } = group;
  const failed = lastPushSucceeded(group) ? '' : html`<span class="pill bad">Last push failed!</span> `;
  const href = groupHref(group);
  const inside = content ?? html`<p><a href="${href}">Show the metrics</a></p>`;
  return html`<li class="group" data-path="${groupPath(key)}">
<details${content !== undefined ? ' open' : html` data-href="${href}&part=metrics"`}><summary>${badgesHtml(key.labels)} ${failed}<span class="muted">${countText(families.size)} ${families.size === 1 ? 'metric' : 'metrics'}, ${timesHtml(group)}</span></summary>
<div class="families">${inside}</div></details>
<button type="button" class="quiet" data-delete="group">Delete Group</button>
</li>
`;
}

function timesHtml({ lastPushSeconds, lastFailureSeconds, expiresAtSeconds }: PushedGroup): Html {
  const times = [
    lastPushSeconds === 0 ? 'never pushed' : html`last pushed ${timeHtml(lastPushSeconds)}`,
    ...(lastFailureSeconds === 0 ? [] : [html`last failure ${timeHtml(lastFailureSeconds)}`]),
    ...(expiresAtSeconds === undefined ? [] : [html`goes at ${timeHtml(expiresAtSeconds)}`]),
  ];
  return joinHtml(times, ', ');
}

/** The families of a group, its push times last, in steps. */
export function* familiesHtml(group: PushedGroup): Generator<undefined, Html> {
  const all = [...(yield* pushedViews(group)), ...timesViews(group)];
  const shown = all.slice(0, FAMILIES_SHOWN);
  const more = all.length - shown.length;
  const texts: Html[] = [];
  for (const view of shown) {
    yield;
    texts.push(familyHtml({ ...view, mostRows: ROWS_IN_GROUP, href: familyHref(group, view.family.name) }));
  }
  const rest =
    more > 0 ? html`<p>and ${countText(more)} more metrics, which <a href="metrics">the scrape</a> shows</p>\n` : '';
  return html`${texts}${rest}`;
}

/** One family of a group with all its rows; undefined if there is none of that name. */
export function oneFamilyHtml(group: PushedGroup, name: string): Html | undefined {
  const pushed = group.families.get(name);
  const view = pushed ? viewOf(group, pushed) : timesViews(group).find(({ family }) => family.name === name);
  if (view === undefined) return undefined;
  return familyHtml({ ...view, mostRows: ROWS_ALONE, href: 'metrics', isOpen: true });
}

type View = Pick<FamilyView, 'family' | 'atSeconds' | 'shared'>;

function* pushedViews(group: PushedGroup): Generator<undefined, readonly View[]> {
  const views = [...group.families.values()].map((pushed) => viewOf(group, pushed));
  return yield* sortSteps(views, (a, b) => (a.family.name < b.family.name ? -1 : 1));
}

function viewOf({ key }: PushedGroup, { family, pushedAtSeconds }: PushedFamily): View {
  return { family, atSeconds: pushedAtSeconds, shared: key.labels };
}

function timesViews(group: PushedGroup): readonly View[] {
  return pushTimes(group.key, group).map(({ family, changedAtSeconds }) => ({
    family,
    atSeconds: changedAtSeconds,
    shared: group.key.labels,
  }));
}

/** Where a group is shown alone. */
export function groupHref({ key }: Pick<PushedGroup, 'key'>): string {
  return `?group=${encodeURIComponent(key.id)}`;
}

function familyHref(group: PushedGroup, name: string): string {
  return `${groupHref(group)}&metric=${encodeURIComponent(name)}`;
}

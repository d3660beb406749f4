import { countText } from '../../../http/pages/count-text.js';
import { type Html, html, joinHtml } from '../../../http/pages/html.js';
import { shownControls } from '../../../probe/report/shown-excerpt.js';
import { pushTimes } from '../../../push/push-times.js';
import { lastPushSucceeded, type PushedFamily, type PushedGroup } from '../../../push/pushed-group.js';
import { sortedInSteps } from '../../../values/lists/sorted-in-steps.js';
import { familyHtml, type FamilyView } from './push-family-html.js';
import { groupPath } from './push-group-path.js';
import { badgesHtml, timeAndAgo, timeHtml } from './push-page-text.js';

/** Rows of a family that are shown with its group, and on its own. */
const ROWS_IN_GROUP = 50;
const ROWS_ALONE = 10_000;
/** Families are shown open while a group has had no more rows than this. */
const ROWS_OPEN = 50;
/** Families of a group that are shown at a time. */
const FAMILIES_SHOWN = 500;

/** One group, with facts that are not stored with it. */
export interface GroupView {
  readonly group: PushedGroup;
  readonly nowSeconds: number;
  /** Why the last push failed, where that is known. */
  readonly why?: string | undefined;
}

/** One group in the list. With `content` it is open; otherwise its content is fetched when somebody opens it. */
export function groupHtml({ group, nowSeconds, why }: GroupView, content?: Html): Html {
  const { key, families } = group;
  const failed = lastPushSucceeded(group) ? '' : html`<span class="pill bad">Last push failed!</span> `;
  const href = groupHref(group);
  const inside = content ?? html`<p><a href="${href}">Show the metrics</a></p>`;
  return html`<li class="group" data-path="${groupPath(key)}">
<details${content !== undefined ? ' open' : html` data-href="${href}&part=metrics"`}><summary>${badgesHtml(key.labels)} ${failed}<span class="muted">${countText(families.size)} ${families.size === 1 ? 'metric' : 'metrics'}, ${timesHtml(group, nowSeconds)}</span></summary>
${whyHtml(group, why)}<div class="families">${inside}</div></details>
<button type="button" class="quiet" data-delete="group">Delete Group</button>
</li>
`;
}

/** The fault of the last push, if it failed. */
function whyHtml(group: PushedGroup, why: string | undefined): Html | undefined {
  if (why === undefined || lastPushSucceeded(group)) return undefined;
  return html`<p><span class="bad-text">Why the last push failed:</span> ${shownControls(why)}</p>\n`;
}

function timesHtml({ lastPushSeconds, lastFailureSeconds, expiresAtSeconds }: PushedGroup, nowSeconds: number): Html {
  const times = [
    lastPushSeconds === 0 ? 'never pushed' : html`last pushed ${timeAndAgo(lastPushSeconds, nowSeconds)}`,
    ...(lastFailureSeconds === 0 ? [] : [html`last failure ${timeAndAgo(lastFailureSeconds, nowSeconds)}`]),
    ...(expiresAtSeconds === undefined ? [] : [html`goes at ${timeHtml(expiresAtSeconds)}`]),
  ];
  return joinHtml(times, ', ');
}

/** The families of a group, its push times last, in steps; those in front are open, as long as all is short. */
export function* familiesHtml({ group, nowSeconds }: GroupView): Generator<undefined, Html> {
  const all = [...(yield* pushedViews(group)), ...timesViews(group)];
  const shown = all.slice(0, FAMILIES_SHOWN);
  const more = all.length - shown.length;
  const texts: Html[] = [];
  let rows = 0;
  for (const view of shown) {
    yield;
    const { name, samples } = view.family;
    rows += samples.length;
    const isOpen = rows <= ROWS_OPEN;
    texts.push(familyHtml({ ...view, nowSeconds, mostRows: ROWS_IN_GROUP, href: familyHref(group, name), isOpen }));
  }
  const rest =
    more > 0 ? html`<p>and ${countText(more)} more metrics, which <a href="metrics">the scrape</a> shows</p>\n` : '';
  return html`${texts}${rest}`;
}

/** One family of a group with all its rows; undefined if there is none of that name. */
export function oneFamilyHtml({ group, nowSeconds }: GroupView, name: string): Html | undefined {
  const pushed = group.families.get(name);
  const view = pushed ? viewOf(group, pushed) : timesViews(group).find(({ family }) => family.name === name);
  if (view === undefined) return undefined;
  return familyHtml({ ...view, nowSeconds, mostRows: ROWS_ALONE, href: 'metrics', isOpen: true });
}

type View = Pick<FamilyView, 'family' | 'atSeconds' | 'shared'>;

function* pushedViews(group: PushedGroup): Generator<undefined, readonly View[]> {
  const views = [...group.families.values()].map((pushed) => viewOf(group, pushed));
  return yield* sortedInSteps(views, (a, b) => (a.family.name < b.family.name ? -1 : 1));
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

/** The link to the page of one group. */
export function groupHref({ key }: Pick<PushedGroup, 'key'>): string {
  return `?group=${encodeURIComponent(key.id)}`;
}

function familyHref(group: PushedGroup, name: string): string {
  return `${groupHref(group)}&metric=${encodeURIComponent(name)}`;
}

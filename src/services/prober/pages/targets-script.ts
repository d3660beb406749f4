import { createHash } from 'node:crypto';
import { sendReply } from '../../../http/answers/http-reply.js';
import type { Route } from '../../../http/exchange.js';
import { SPAN_SCRIPT } from '../../../http/pages/page-times.js';

/**
 * The script of the page of targets. It reloads the rows every few seconds, filters while the user types, and warns if
 * the rows are out of date. Scroll position, focus and selection stay. Without it, all of this works by reloading the
 * page.
 */
const TARGETS_SCRIPT = `'use strict';
${SPAN_SCRIPT}
const EVERY_MS = 5000;
const live = document.querySelector('#live');
const filter = document.querySelector('#filter');
const stale = document.querySelector('#stale');
const PARTS = ['#targets', '#recent'];
let asked = 0;

function isSelecting() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed) return false;
  return PARTS.some((part) => selection.containsNode(document.querySelector(part), true));
}

function placeOf(element) {
  const part = PARTS.find((each) => element && element.closest(each));
  if (!part) return undefined;
  const row = element.closest('tr');
  const key = row && row.dataset.key;
  const within = key ? row : document.querySelector(part);
  return { part, key, index: [...within.querySelectorAll('a, [tabindex]')].indexOf(element) };
}

function focusOn(place) {
  if (!place) return;
  const part = document.querySelector(place.part);
  const within = place.key ? part.querySelector('[data-key="' + place.key + '"]') : part;
  const element = within && within.querySelectorAll('a, [tabindex]')[place.index];
  if (element) element.focus({ preventScroll: true });
}

async function refresh() {
  const mine = ++asked;
  try {
    const response = await fetch(location.href, { cache: 'no-store', headers: { Accept: 'text/html' } });
    if (!response.ok) throw new Error((await response.text()).trim() || 'status ' + response.status);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (mine !== asked || PARTS.some((part) => !page.querySelector(part))) return;
    const place = placeOf(document.activeElement);
    for (const part of PARTS) show(document.querySelector(part), page.querySelector(part));
    focusOn(place);
    stale.hidden = true;
  } catch (error) {
    if (mine !== asked) return;
    stale.textContent = 'This is no longer up to date: ' + error.message;
    stale.hidden = false;
  }
  setClock();
  showTimes();
}

/** The status line stays the same element, so that a screen reader speaks only of what has changed. */
function show(old, fresh) {
  const status = old.querySelector('[role=status]');
  const now = fresh.querySelector('[role=status]');
  const scroll = old.querySelector('.scroll');
  const left = scroll ? scroll.scrollLeft : 0;
  if (status && now) {
    if (status.textContent !== now.textContent) status.textContent = now.textContent;
    now.remove();
    while (status.nextSibling) status.nextSibling.remove();
    status.after(...fresh.childNodes);
  } else old.replaceChildren(...fresh.childNodes);
  if (fresh.dataset.now) old.dataset.now = fresh.dataset.now;
  const scrolled = old.querySelector('.scroll');
  if (scrolled) scrolled.scrollLeft = left;
}

live.closest('label').hidden = false;
live.checked = localStorage.getItem('refresh') !== 'off';
live.addEventListener('change', () => {
  localStorage.setItem('refresh', live.checked ? 'on' : 'off');
  if (live.checked) refresh();
});
setInterval(() => {
  if (live.checked && !document.hidden && !isSelecting()) refresh();
}, EVERY_MS);
document.addEventListener('visibilitychange', () => {
  if (live.checked && !document.hidden) refresh();
});

let timer;
filter.addEventListener('input', (event) => {
  if (event.target === live) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const chosen = [...new FormData(filter)].filter(([, value]) => value !== '');
    const query = new URLSearchParams(chosen).toString();
    history.replaceState(null, '', query === '' ? './' : './?' + query);
    refresh();
  }, 250);
});
filter.querySelector('button').hidden = true;

setClock();
setInterval(showTimes, 1000);
`;

const VERSION = createHash('sha256').update(TARGETS_SCRIPT).digest('base64url').slice(0, 12);

/** Where the page has its script from, relative to the page; another text has another path. */
export const TARGETS_SCRIPT_PATH = `targets.js?${VERSION}`;

/** The path of the script, below the prefix of the service. */
export const TARGETS_SCRIPT_ROUTE = '/targets.js';

/** Answers with the script, which browsers may keep. */
export const targetsScriptRoute: Route = ({ response }) => {
  sendReply(response, {
    status: 200,
    contentType: 'text/javascript; charset=utf-8',
    headers: { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'private, max-age=31536000, immutable' },
    body: TARGETS_SCRIPT,
  });
};

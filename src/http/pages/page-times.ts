import { type Html, html } from './html.js';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** The longest distance from the epoch that a date can have, in seconds (ECMA-262, 21.4.1.1). */
const LARGEST_SECONDS = 8.64e12;

/** A span of time in one unit, rounded down: seconds below 2 min, minutes below 2 h, and so on. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 2 * MINUTE_SECONDS) return `${whole} s`;
  if (whole < 2 * HOUR_SECONDS) return `${Math.floor(whole / MINUTE_SECONDS)} min`;
  if (whole < 2 * DAY_SECONDS) return `${Math.floor(whole / HOUR_SECONDS)} h`;
  return `${Math.floor(whole / DAY_SECONDS)} days`;
}

/** `12 s ago`; the moment itself is shown on hover. A script with SPAN_SCRIPT keeps it up to date. */
export function agoHtml(atSeconds: number, nowSeconds: number): Html {
  return timeHtml(atSeconds, { kind: 'ago', text: `${spanText(nowSeconds - atSeconds)} ago` });
}

/** `12 s`, since a moment, which is shown on hover. */
export function lastingHtml(atSeconds: number, nowSeconds: number): Html {
  return timeHtml(atSeconds, { kind: 'lasting', text: spanText(nowSeconds - atSeconds) });
}

/** A moment to the second, in UTC. */
export function momentText(atSeconds: number): string {
  return `${isoOf(atSeconds).slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replace('T', ' ')} UTC`;
}

interface TimeView {
  readonly kind: 'ago' | 'lasting';
  readonly text: string;
}

function timeHtml(atSeconds: number, { kind, text }: TimeView): Html {
  return html`<time datetime="${isoOf(atSeconds)}" title="${momentText(atSeconds)}" data-time="${kind}">${text}</time>`;
}

function isoOf(seconds: number): string {
  const bounded = Math.abs(seconds) <= LARGEST_SECONDS ? seconds : 0;
  return new Date(bounded * 1000).toISOString();
}

/**
 * The part of a page's script that keeps such times up to date. `data-now` of the body of times is the server's clock
 * when it answered: the reader's own may be wrong.
 */
export const SPAN_SCRIPT = `
function spanText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 120) return whole + ' s';
  if (whole < 7200) return Math.floor(whole / 60) + ' min';
  if (whole < 172800) return Math.floor(whole / 3600) + ' h';
  return Math.floor(whole / 86400) + ' days';
}

let clockAhead = 0;

function setClock() {
  const now = document.querySelector('[data-now]');
  if (now) clockAhead = Date.now() / 1000 - Number(now.dataset.now);
}

function showTimes() {
  const now = Date.now() / 1000 - clockAhead;
  for (const time of document.querySelectorAll('time[data-time]')) {
    const text = spanText(now - Date.parse(time.dateTime) / 1000);
    const shown = time.dataset.time === 'ago' ? text + ' ago' : text;
    if (time.textContent !== shown) time.textContent = shown;
  }
}
`;

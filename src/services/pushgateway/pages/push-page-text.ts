import { type Html, html, joinHtml } from '../../../http/pages/html.js';
import { agoHtml } from '../../../http/pages/page-times.js';
import { isLegacyName } from '../../../metrics/escape-name.js';
import type { Label } from '../../../metrics/metric-family.js';
import { jobFirst } from './push-group-path.js';

/** A number with all its digits, as people read it. */
export function plainNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** A moment, to the second. */
export function timeHtml(seconds: number): Html {
  const iso = isoOf(seconds);
  return html`<time datetime="${iso}">${iso.replace('T', ' ').replace('Z', ' UTC')}</time>`;
}

/** A moment, and how long ago it was. */
export function timeAndAgo(seconds: number, nowSeconds: number): Html {
  return html`${timeHtml(seconds)} (${agoHtml(seconds, nowSeconds)})`;
}

function isoOf(seconds: number): string {
  return `${new Date(Math.round(seconds) * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`;
}

/** Names of which the value is a moment, and moments from 2001 to 2100. */
const TIME_NAME = /(?:time|timestamp|created|start|end|run|success|failure)(?:_seconds)?$/;
const EARLIEST_SECONDS = 1e9;
const LATEST_SECONDS = 4.1e9;

/** The date that a value is likely to stand for; undefined if it is none. */
export function likelyTime(name: string, value: number): Html | undefined {
  return TIME_NAME.test(name) && value >= EARLIEST_SECONDS && value <= LATEST_SECONDS ? timeHtml(value) : undefined;
}

/** Labels as badges, `job` first. */
export function badgesHtml(labels: readonly Label[]): Html {
  const badges = jobFirst(labels).map(
    ({ name, value }) => html`<span class="badge${name === 'job' ? ' first' : ''}">${labelText(name, value)}</span>`,
  );
  return joinHtml(badges, ' ');
}

function labelText(name: string, value: string): string {
  return `${isLegacyName(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`;
}

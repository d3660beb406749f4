import { createHash } from 'node:crypto';
import { type Html, html } from '../../../http/pages/html.js';
import { agoHtml, lastingHtml, momentText, spanText } from '../../../http/pages/page-times.js';
import { FAILURE_REASONS } from '../../../probe/failure.js';
import type { History } from '../../../probe/history.js';
import { shownParams } from '../../../probe/report/report-words.js';
import { shownControls } from '../../../probe/report/shown-excerpt.js';
import type { TargetState } from '../../../probe/targets/target-state.js';
import { maskedStart } from '../../../values/masked-text.js';
import { durationText } from './duration-text.js';
import { resultStrip } from './result-strip.js';

/** The dependencies of a row beside its target. */
export interface RowOptions {
  readonly history: Pick<History, 'byIdOrLatest'>;
  readonly nowSeconds: number;
}

/** The most characters of a name from outside on a page. */
const LONGEST_NAME = 200;
const DAY_SECONDS = 86_400;
/** Days left below which a certificate is shown in red, or as a warning. */
const BAD_DAYS = 7;
const WARN_DAYS = 21;

/** The heads of the columns of `targetRow`. */
export const TARGET_COLUMNS = ['State', 'Target', 'Last results', 'Last probe', 'Took', 'Certificate'] as const;

/** A target or module as a page shows it: masked, its control characters visible, not too long. */
export function shownName(text: string): string {
  // A mask may be shorter than what it stands for.
  const most = 4 * LONGEST_NAME;
  const shown = shownControls(maskedStart(text, most));
  return shown.length > LONGEST_NAME || text.length > most ? `${shown.slice(0, LONGEST_NAME)}…` : shown;
}

/** One target: how it is and since when, its last results, why it failed. */
export function targetRow(state: TargetState, options: RowOptions): Html {
  const { last } = state;
  const { nowSeconds } = options;
  const cells = [
    stateHtml(state, nowSeconds),
    nameHtml(state, options),
    resultStrip(state.results.last()),
    agoHtml(last.atSeconds, nowSeconds),
    html`<span class="value">${durationText(last.durationSeconds)}</span>`,
    certificateHtml(state, nowSeconds),
  ];
  const className = last.reason === undefined ? 'good' : 'bad';
  return html`<tr role="row" class="${className}" data-key="${keyOf(state)}">${cells.map(
    (cell, index) => html`<td role="cell" data-head="${TARGET_COLUMNS[index]}">${cell}</td>`,
  )}</tr>
`;
}

/** The key by which the page's script finds the row again. */
function keyOf({ key }: TargetState): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 16);
}

function stateHtml({ last, sinceSeconds, isSinceKnown }: TargetState, nowSeconds: number): Html {
  const pill =
    last.reason === undefined ? html`<span class="pill good">OK</span>` : html`<span class="pill bad">Failing</span>`;
  return html`${pill} <span class="muted">${isSinceKnown ? 'for' : 'for at least'} ${lastingHtml(sinceSeconds, nowSeconds)}</span>`;
}

function nameHtml(state: TargetState, { history, nowSeconds }: RowOptions): Html {
  const { module, target, hostname, params, last, lastFailure } = state;
  const ids = last.reason === undefined ? [state.lastSuccessId] : [state.lastFailureId];
  const [id] = ids.filter((each) => each !== undefined && history.byIdOrLatest(each) !== undefined);
  const name = shownName(target);
  const shown =
    id === undefined ? html`<span class="name">${name}</span>` : html`<a class="name" href="probes/${id}">${name}</a>`;
  const as = hostname === undefined ? '' : ` as ${shownName(hostname)}`;
  const by = params === undefined ? '' : ` with ${shownName(shownParams(params))}`;
  return html`${shown} <span class="muted">${shownName(module)}${as}${by}</span>${
    lastFailure === undefined ? '' : whyHtml(lastFailure, { isNow: last.reason !== undefined, nowSeconds })
  }`;
}

function whyHtml(
  { atSeconds, phase, reason, text }: NonNullable<TargetState['lastFailure']>,
  { isNow, nowSeconds }: { readonly isNow: boolean; readonly nowSeconds: number },
): Html {
  const words = FAILURE_REASONS[reason];
  if (!isNow) return html`<p class="muted">failed ${agoHtml(atSeconds, nowSeconds)}: ${words}</p>`;
  return html`<p class="why"><strong>${words}</strong> <span class="muted">${reason} in ${phase}: ${text}</span></p>`;
}

function certificateHtml({ expirySeconds }: TargetState, nowSeconds: number): Html {
  if (expirySeconds === undefined) return html`<span class="muted">–</span>`;
  const left = expirySeconds - nowSeconds;
  const days = left / DAY_SECONDS;
  const className = days < BAD_DAYS ? 'bad-text' : days < WARN_DAYS ? 'warn-text' : '';
  const text = left < 0 ? `expired ${spanText(-left)} ago` : `${spanText(left)} left`;
  return html`<span class="${className}" title="until ${momentText(expirySeconds)}">${text}</span>`;
}

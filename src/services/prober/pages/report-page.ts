import type { Reply } from '../../../http/answers/http-reply.js';
import type { WebRequest } from '../../../http/exchange.js';
import { type Html, html } from '../../../http/pages/html.js';
import type { History, HistoryItem, Neighbours } from '../../../probe/history.js';
import { buildReport } from '../../../probe/report/build-report.js';
import type { ProbeReport } from '../../../probe/report/probe-report.js';
import { causeText, shownParams, tookText } from '../../../probe/report/report-words.js';
import { shownControls } from '../../../probe/report/shown-excerpt.js';
import type { Clock } from '../../../values/clock.js';
import type { Steps } from '../../../values/in-slices.js';
import { maskUrlPasswords } from '../../../values/masked-text.js';
import { shownText } from '../../../values/shown-text.js';
import { chainsHtml } from './chain-html.js';
import { copiesOf, type Copy } from './copy-as.js';
import { answerHtml, checksHtml, whyHtml } from './findings-html.js';
import { moduleHref } from './module-href.js';
import { proberPage } from './prober-page.js';
import { copiesHtml, detailsHtml } from './report-details-html.js';
import { REPORT_STYLE } from './report-style.js';
import { type ServicePlace, serviceUrl } from './service-url.js';
import { waterfallHtml } from './waterfall-html.js';

/** The dependencies of pages of probes. */
export interface ReportPageOptions {
  readonly history: History;
  readonly clock: Clock;
  readonly place: ServicePlace;
  /** The place of each module, as `file:line:column`. */
  readonly places: () => ReadonlyMap<string, string>;
}

/** The probe that a page shows, its reader, and the depth of the page below the service's prefix. */
export interface ShownProbe {
  readonly item: HistoryItem;
  readonly id: number;
  readonly request: Pick<WebRequest, 'headers' | 'socket'>;
  readonly up: '' | '../';
}

/**
 * The page of one probe: verdict, reason, phases, certificates, checks, answer, and all that belongs to it. It is made
 * in steps, since a hostile target can bring a hundred certificates full of what is to be escaped.
 */
export function* reportReply(shown: ShownProbe, options: ReportPageOptions): Steps<Reply> {
  const { item, id, up } = shown;
  const report = yield* buildReport(item);
  const neighbours = options.history.neighbours(id, item);
  const target = shownTarget(item.target);
  yield;
  const certificates = yield* chainsHtml(report.hops);
  const details = yield* detailsHtml(report, item.describeOwn());
  const main = html`<h1>${pill(report)} ${target}</h1>
<p class="sentence">${sentence(report)}</p>
<p class="muted">${aboutHtml(report, { up, nowSeconds: options.clock.wallSeconds() })}${paramsText(item)}</p>
${stepsHtml(shown, neighbours)}${report.failure === undefined ? '' : whyHtml(report.failure, up)}${waterfallHtml(report) ?? untracedHtml({ id, up }, neighbours)}${certificates}${checksHtml(report.checks)}${answerHtml(report)}${details}${copiesHtml(copies(shown, report, options))}`;
  return proberPage({ title: `${report.success ? 'OK' : 'Failed'}: ${target}`, up, style: REPORT_STYLE, main });
}

/** A target as pages show it. */
export function shownTarget(target: string): string {
  return shownControls(maskUrlPasswords(shownText(target)));
}

function pill({ success }: ProbeReport): Html {
  return success ? html`<span class="pill good">OK</span>` : html`<span class="pill bad">Failed</span>`;
}

function sentence(report: ProbeReport): string {
  const took = tookText(report);
  return report.failure === undefined
    ? `OK after ${took}`
    : `Failed after ${took}: ${causeText(report, report.failure)}`;
}

function aboutHtml({ module, time }: ProbeReport, { up, nowSeconds }: { up: string; nowSeconds: number }): Html {
  const ago = Math.max(0, nowSeconds - Date.parse(time) / 1000);
  const when = `${time.slice(0, 19).replace('T', ' ')} UTC`;
  return html`Module <a href="${moduleHref(module, up)}">${module}</a>, <time datetime="${time}">${when}</time> (${agoText(ago)})`;
}

function paramsText({ params }: HistoryItem): string {
  return params === undefined ? '' : `, with ${shownText(shownControls(maskUrlPasswords(shownParams(params))))}`;
}

function agoText(seconds: number): string {
  if (seconds < 1) return 'just now';
  if (seconds < 120) return `${Math.floor(seconds)} s ago`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}

/** Links to the probes before and behind this one, and to another one now. */
function stepsHtml({ item, id, up }: ShownProbe, { previous, next, latestSuccess }: Neighbours): Html {
  const { module, target, hostname, params } = item;
  const query = new URLSearchParams({ module, target, ...(hostname !== undefined && { hostname }), debug: 'true' });
  for (const [name, value] of new URLSearchParams(params ?? '')) query.set(name, value);
  const link = (to: number | undefined, text: string, rel = ''): Html | undefined =>
    to === undefined || to === id
      ? undefined
      : html`<li><a href="${up}probes/${to}"${rel === '' ? '' : html` rel="${rel}"`}>${text}</a></li>`;
  const isMasked = maskUrlPasswords(target) !== target;
  const steps = [
    link(previous, '← Previous probe', 'prev'),
    link(next, 'Next probe →', 'next'),
    link(latestSuccess, 'Latest success with a report'),
    isMasked ? undefined : html`<li><a href="${up}probe?${query.toString()}">Probe again</a></li>`,
    up === '' ? html`<li><a href="probes/${id}">Link to this report</a></li>` : undefined,
  ].filter((step) => step !== undefined);
  if (steps.length === 0) return html``;
  return html`<nav aria-label="Probes of this target"><ul class="steps">${steps}</ul></nav>\n`;
}

function untracedHtml({ id, up }: Pick<ShownProbe, 'id' | 'up'>, { latestSuccess }: Neighbours): Html {
  const other =
    latestSuccess === undefined || latestSuccess === id
      ? ''
      : html`: see <a href="${up}probes/${latestSuccess}">the latest one</a>`;
  return html`<p class="muted">What a success met on its way is kept once a minute for each target and module${other}.</p>
`;
}

function copies(
  { item, request }: ShownProbe,
  { hops }: ProbeReport,
  { place, places }: ReportPageOptions,
): readonly Copy[] | undefined {
  const first = hops[0]?.to ?? '';
  const configFile = places()
    .get(item.module)
    ?.replace(/:\d+:\d+$/, '');
  return copiesOf({
    ...item,
    serviceUrl: serviceUrl(request, place),
    ...(/^https?:\/\//i.test(first) && { url: first }),
    ...(configFile !== undefined && { configFile }),
  });
}

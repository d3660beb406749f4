import { type Html, html } from '../../../http/pages/html.js';
import type { HopReport, PhaseReport, ProbeReport } from '../../../probe/report/probe-report.js';
import { secondsText } from '../../../probe/report/report-words.js';

/** The units of a bar's picture across; it is drawn as wide as the page has room. */
const BAR_UNITS = 1000;
/** The smallest width, so that a phase that took next to nothing can still be seen. */
const LEAST_UNITS = 6;

/** Each hop with its phases, in a table that can be read without the bars, which show where in the whole each lies. */
export function waterfallHtml({ hops }: Pick<ProbeReport, 'hops'>): Html | undefined {
  if (hops.length === 0) return undefined;
  const total = hops.flatMap(({ phases }) => phases).reduce((sum, { seconds }) => sum + seconds, 0);
  let before = 0;
  const tables = hops.map((hop, index) => {
    const rows = hop.phases.map((phase) => {
      const row = phaseRow(phase, { before, total });
      before += phase.seconds;
      return row;
    });
    return hopHtml(hop, index + 1, rows);
  });
  return html`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
${tables}</section>
`;
}

function hopHtml({ to, address, status }: HopReport, place: number, rows: readonly Html[]): Html {
  const where = address === undefined || address === to ? '' : html` <span class="muted">at ${address}</span>`;
  const answer = status === undefined ? '' : html` <span class="badge">${status}</span>`;
  return html`<table class="waterfall"><caption>${place}. <span class="foreign">${to}</span>${where}${answer}</caption>
<thead><tr><th scope="col">Phase</th><th scope="col" class="value">Took</th><td aria-hidden="true"></td></tr></thead>
<tbody>${rows.length === 0 ? html`<tr><td colspan="3" class="muted">no phase was entered</td></tr>` : rows}</tbody></table>
`;
}

function phaseRow({ phase, seconds, failed }: PhaseReport, around: { before: number; total: number }): Html {
  const verdict = failed ? html` <strong class="bad-text">failed</strong>` : '';
  return html`<tr><th scope="row">${phase}${verdict}</th><td class="value">${secondsText(seconds)}</td><td class="bars" aria-hidden="true">${barSvg({ ...around, seconds, failed })}</td></tr>
`;
}

interface Bar {
  readonly before: number;
  readonly seconds: number;
  readonly total: number;
  readonly failed: boolean;
}

function barSvg({ before, seconds, total, failed }: Bar): Html {
  const units = (part: number): number => (total > 0 ? Math.round((part / total) * BAR_UNITS) : 0);
  const width = Math.min(BAR_UNITS, Math.max(LEAST_UNITS, units(seconds)));
  const x = Math.min(units(before), BAR_UNITS - width);
  return html`<svg class="bar-line" viewBox="0 0 ${BAR_UNITS} 10" preserveAspectRatio="none" focusable="false"><rect class="track" width="${BAR_UNITS}" height="10"/><rect class="${failed ? 'bad' : 'part'}" x="${x}" width="${width}" height="10"/></svg>`;
}

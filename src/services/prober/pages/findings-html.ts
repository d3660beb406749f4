import { type Html, html } from '../../../http/pages/html.js';
import type { CheckReport, FailureReport, ProbeReport } from '../../../probe/report/probe-report.js';
import { EXCERPT_TITLES, fieldsText } from '../../../probe/report/report-words.js';
import { shownControls } from '../../../probe/report/shown-excerpt.js';

/** The reason with what it means and what to do next; the reason leads to its explanation. */
export function whyHtml({ phase, reason, message, fields, explanation, advice }: FailureReport, up: string): Html {
  return html`<section aria-labelledby="why"><h2 id="why">Why</h2>
<p><a href="${up}reasons#${reason}"><code>${reason}</code></a> in <code>${phase}</code>: ${explanation}</p>
<p class="muted foreign">${shownControls(message)}${fieldsText(fields)}</p>
<p><strong>Next:</strong> ${advice}</p></section>
`;
}

const VERDICTS: Readonly<Record<CheckReport['verdict'], Html>> = {
  passed: html`<span class="good-text">✓ passed</span>`,
  failed: html`<strong class="bad-text">✗ failed</strong>`,
  not_reached: html`<span class="muted">· not reached</span>`,
};

/** Each expectation of the module with its verdict. */
export function checksHtml(checks: ProbeReport['checks']): Html | undefined {
  if (checks.length === 0) return undefined;
  const rows = checks.map(
    ({ expects, verdict }) =>
      html`<tr><td class="verdict">${VERDICTS[verdict]}</td><td class="foreign">${expects}</td></tr>\n`,
  );
  return html`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
<table><thead><tr><th scope="col">Verdict</th><th scope="col">What the module expects</th></tr></thead><tbody>
${rows}</tbody></table></section>
`;
}

/** The head of the answer and the beginning of what was looked at. */
export function answerHtml({ head, excerpt }: Pick<ProbeReport, 'head' | 'excerpt'>): Html | undefined {
  if (head === undefined && excerpt === undefined) return undefined;
  const headPart = head === undefined ? '' : html`<pre>${head}</pre>\n`;
  const excerptPart =
    excerpt === undefined
      ? ''
      : html`<h3>${EXCERPT_TITLES[excerpt.of]}</h3>\n<pre>${excerpt.text}${excerpt.isCut ? '\n…' : ''}</pre>\n`;
  return html`<section aria-labelledby="answer"><h2 id="answer">Answer</h2>
${headPart}${excerptPart}</section>
`;
}

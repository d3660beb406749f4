import { type Html, html } from '../../../http/pages/html.js';
import type { LogLineReport, ProbeReport } from '../../../probe/report/probe-report.js';
import { fieldsText } from '../../../probe/report/report-words.js';
import { shownControls, shownForeign } from '../../../probe/report/shown-excerpt.js';
import type { Copy } from './copy-as.js';

/** The longest text of log, metrics or module on a page, in characters; all of it is in the plain text. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_LINE = 4096;

/** The sections of log, metrics and module, folded up. They are made in steps. */
export function* detailsHtml(
  report: Pick<ProbeReport, 'log' | 'metrics'>,
  moduleYaml: string,
): Generator<undefined, readonly Html[]> {
  const details: Html[] = [folded('Log', yield* logText(report.log))];
  yield;
  details.push(folded('Metrics', shownControls(report.metrics)));
  yield;
  details.push(folded('Module', moduleYaml));
  return details;
}

function folded(title: string, text: string): Html {
  return html`<details><summary><h2>${title}</h2></summary><pre>${cut(text)}</pre></details>\n`;
}

function* logText(log: readonly LogLineReport[]): Generator<undefined, string> {
  let text = '';
  for (const { time, level, message, fields } of log) {
    if (text.length > LONGEST_TEXT) break;
    yield;
    const line = `${message}${fieldsText(fields)}`.slice(0, LONGEST_LINE);
    text += `${time.slice(11, 23)} ${level.toUpperCase()} ${shownForeign(line)}\n`;
  }
  return text;
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}\n… (curl shows all of it)` : text;
}

/** Commands and configuration that ask for the same, each selected by one click. */
export function copiesHtml(copies: readonly Copy[] | undefined): Html {
  const shown =
    copies?.map(({ title, text }) => html`<h3>${title}</h3>\n<pre class="copy">${text}</pre>\n`) ??
    html`<p class="muted">The target, or what goes with it, is too long or has control characters: a terminal would obey them.</p>\n`;
  return html`<details><summary><h2>Copy as</h2></summary>
${shown}</details>
`;
}

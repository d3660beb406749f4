import { sendReply } from '../../../http/answers/http-reply.js';
import type { Route } from '../../../http/exchange.js';
import { countText } from '../../../http/pages/count-text.js';
import { type Html, html } from '../../../http/pages/html.js';
import { htmlPage } from '../../../http/pages/html-page.js';
import type { BuildFacts } from '../../../metrics/build-info.js';
import { PUSHGATEWAY, pushLinks } from './push-page-frame.js';
import { timeHtml } from './push-page-text.js';

/** The facts that the status page shows. */
export interface PushStatusOptions {
  readonly build: BuildFacts;
  /** All flags with their values as text. */
  readonly flags: Readonly<Record<string, string>>;
  readonly startSeconds: number;
  readonly groupCount: () => number;
  readonly seriesCount: () => number;
  /** Why nothing can be pushed, undefined while it can. */
  readonly problem: () => string | undefined;
}

/** `GET /status`: how the service was started, how much it holds and whether that is kept. */
export function pushStatusRoute(options: PushStatusOptions): Route {
  return ({ response }) => {
    const main = html`<h1>Status</h1>
${tableHtml('What it holds', holdings(options))}${tableHtml('Build', buildRows(options.build))}${tableHtml('Flags', flagRows(options.flags))}`;
    sendReply(
      response,
      htmlPage({ title: 'Pushgateway: status', service: PUSHGATEWAY, links: pushLinks('status'), main }),
    );
  };
}

/** A name, and what it is. */
type Row = readonly [name: string, value: string | Html];

function holdings({ startSeconds, groupCount, seriesCount, problem, flags }: PushStatusOptions): readonly Row[] {
  const found = problem();
  const kept =
    flags['persistence.file'] === '' && flags['push.store'] === ''
      ? 'in memory only: a restart forgets them (neither --persistence.file nor --push.store is given)'
      : html`<span class="good-text">yes</span>`;
  return [
    ['Started', timeHtml(startSeconds)],
    ['Groups', countText(groupCount())],
    ['Series', countText(seriesCount())],
    ['Kept', found === undefined ? kept : html`<span class="bad-text">no:</span> ${found}`],
  ];
}

function buildRows({ version, revision, branch, nodeVersion, goos, goarch }: BuildFacts): readonly Row[] {
  const facts = {
    Version: version,
    Revision: revision,
    Branch: branch,
    Node: nodeVersion,
    Platform: `${goos}/${goarch}`,
  };
  return Object.entries(facts);
}

function flagRows(flags: Readonly<Record<string, string>>): readonly Row[] {
  return Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [`--${name}`, value === '' ? '' : html`<code>${value}</code>`]);
}

function tableHtml(title: string, rows: readonly Row[]): Html {
  const lines = rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`);
  return html`<h2>${title}</h2>\n<div class="scroll"><table>\n${lines}</table></div>\n`;
}

/** `GET /help`: how to push, for the one who found the page and not the documentation. */
export const pushHelpRoute: Route = ({ response }) => {
  sendReply(
    response,
    htmlPage({ title: 'Pushgateway: help', service: PUSHGATEWAY, links: pushLinks('help'), main: HELP }),
  );
};

const HELP = html`<h1>Help</h1>
<p>Jobs that do not live long enough to be scraped push their metrics here; Prometheus scrapes them from here. A group is what was pushed with the same
labels in its path, <code>job</code> and whatever follows. It stays until somebody deletes it, or until its time to live is over, if it has one.</p>
<h2>Push one value</h2>
<pre>echo 'backup_last_success_timestamp_seconds 1700000000' | \\
  curl --data-binary @- http://127.0.0.1:9091/metrics/job/backup</pre>
<h2>Push into a group with more labels</h2>
<pre>cat &lt;&lt;EOF | curl --data-binary @- http://127.0.0.1:9091/metrics/job/backup/instance/server1
# TYPE backup_duration_seconds gauge
# HELP backup_duration_seconds How long the last backup took.
backup_duration_seconds 542
EOF</pre>
<p><code>POST</code>, as here, replaces the metrics of the same names in the group; <code>PUT</code> (<code>curl -T -</code>) replaces the whole group.
A label value with a slash, or an empty one, is written in base64: <code>/path@base64/L3Zhci90bXA</code>.</p>
<h2>Delete a group</h2>
<pre>curl -X DELETE http://127.0.0.1:9091/metrics/job/backup/instance/server1</pre>
<h2>Scrape</h2>
<pre>scrape_configs:
  - job_name: pushgateway
    honor_labels: true
    static_configs:
      - targets: [127.0.0.1:9091]</pre>
<p><code>honor_labels</code> keeps <code>job</code> and <code>instance</code> as they were pushed. <code>push_time_seconds</code> and
<code>push_failure_time_seconds</code> say of each group when it was last pushed to and when that last failed.</p>
<h2>For programs</h2>
<p><a href="api/v1/metrics">api/v1/metrics</a> and <a href="api/v1/status">api/v1/status</a> tell the same as these pages, as JSON.</p>
`;

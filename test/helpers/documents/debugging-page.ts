import type { Test } from 'tap';
import { runCommand } from '../../../src/cli/run-command.js';
import { probePath, startFailingTargets, startServiceFor } from '../servers/failing-targets.js';
import { httpGet } from '../services/http-get.js';
import { pageText } from './page-text.js';
import { realShell } from './test-shell.js';

const HEAD = `# Why does it fail? Twelve failures, as the terminal and the page show them

Each of these is what \`sonde probe\` prints, and what a browser shows of \`/probe?…&debug=true\` or \`/probes/ID\`,
for a real server that fails in this way; times, ports and dates are those of the moment. The words at the end
(\`Why:\`, \`Next:\`) are those of [failure-reasons.md](failure-reasons.md), and alerts select by them:
\`probe_failure_info{phase="…",reason="…"}\`.

Where no module is named, the scheme of the target chooses a built-in one. The two that \`-m\` names are these:

\`\`\`yaml
modules:
  tls_shop:
    prober: tcp
    tcp: {tls: true, tls_config: {server_name: shop.example, ca_file: example-root.pem}}
  http_welcome:
    prober: http
    http: {fail_if_body_not_matches_regexp: [Welcome]}
\`\`\`
`;

/** What a browser says of itself; two seconds are enough for a server that is silent, and the offset is half of one. */
const BROWSER = { Accept: 'text/html', 'X-Prometheus-Scrape-Timeout-Seconds': '2.5' };

/** The text of docs/debugging.md, made by probing servers that fail in all these ways. */
export async function debuggingPage(t: Test): Promise<string> {
  const failing = await startFailingTargets(t);
  const service = await startServiceFor(t, failing);
  const config = `--config.file=${t.testdir({ 'blackbox.yml': failing.config })}/blackbox.yml`;
  let page = HEAD;
  for (const target of failing.targets) {
    const shell = realShell([config, ...target.args]);
    await runCommand(shell);
    const { text } = await httpGet(service.address, probePath(target), { headers: BROWSER });
    page += `\n## ${target.title}\n\n${target.about}\n\n\`\`\`\n$ sonde probe ${target.args.join(' ')}\n${shell.written.out}\`\`\`\n`;
    page += `\nThe page:\n\n\`\`\`\n${pageText(text)}\`\`\`\n`;
  }
  return page;
}

/** What differs from one run to the next, in one form. */
export function withoutFigures(page: string): string {
  return page
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/ +\d+(?:\.\d+)? m?s(?: +█+)?/g, ' TIME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
    .replace(/\d{4}-\d\d-\d\d [\d:]+ UTC \([^)]*\)/g, 'DATE')
    .replace(/-?\d+ days/g, 'N days');
}

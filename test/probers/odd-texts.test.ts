import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load-config.js';
import { LOG_FORMATS } from '../../src/log/log-format.js';
import { LONGEST_LABEL_VALUE } from '../../src/metrics/kept/label-values.js';
import { LONGEST_CERTIFICATE_LABEL } from '../../src/net/tls/tls-report.js';
import { allProbers } from '../../src/probers/all-probers.js';
import { readExposition } from '../helpers/exposition.js';
import { ODD_PLACES } from '../helpers/hostile/odd-places.js';
import { ODD_TEXTS } from '../helpers/hostile/odd-texts.js';
import { httpGet } from '../helpers/services/http-get.js';
import { eachOf } from '../helpers/services/probe-service.js';
import { testProberDeps } from '../helpers/services/prober-deps.js';
import { startApp, type TestApp } from '../helpers/services/start-app.js';

/** Several fields of 2,048 characters, each of which may be written as six or, in JSON, twelve. */
const LONGEST_LINE = 64 * 1024;
/** A few hundred log lines, metrics with a few labels, those of certificates being the longest, and the module. */
const LONGEST_PAGE = 1024 * 1024 + 4 * LONGEST_CERTIFICATE_LABEL;
const AT_ONCE = 4;

const LABEL_VALUE = /="((?:\\["\\n]|[^"\\\n])*)"/g;
/** The text format 0.0.4: nothing but `\\`, `\"` and `\n` stands behind a backslash. */
const SERIES =
  /^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:\\["\\n]|[^"\\\n])*",?)*\})? (?:[-+]?[\d.]+(?:e[-+]?\d+)?|NaN|[-+]Inf)$/;
/** What a terminal or an editor would not show as it is: controls, directions, lone surrogates, separators of lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

/** What is wrong with an exposition; undefined if nothing is. */
function wrongExposition(text: string): string | undefined {
  try {
    readExposition(text);
  } catch (error) {
    return String(error).slice(0, 300);
  }
  const odd = text.split('\n').find((line) => line !== '' && !line.startsWith('# ') && !SERIES.test(line));
  if (odd !== undefined) return `no series: ${odd.slice(0, 300)}`;
  if (!/^probe_success [01]$/m.test(text)) return 'no probe_success';
  if ([...text.matchAll(/^probe_success /gm)].length !== 1) return 'probe_success twice';
  return text.split('\n').map(overlongLabel).find(Boolean);
}

function overlongLabel(line: string): string | undefined {
  const longest = line.startsWith('probe_ssl_last_chain_info{') ? LONGEST_CERTIFICATE_LABEL : LONGEST_LABEL_VALUE;
  // Each character may be written as two.
  const label = [...line.matchAll(LABEL_VALUE)].find(([, value = '']) => value.length > 2 * longest);
  return label === undefined ? undefined : `a label of ${label[0].length} characters`;
}

function wrongLine(line: string): string | undefined {
  if (line.length > LONGEST_LINE) return `a line of ${line.length} characters`;
  return UNPRINTABLE.test(line) ? `unprintable: ${JSON.stringify(line.slice(0, 300))}` : undefined;
}

/** The page has the lines of the log, the metrics and the module. */
function wrongPage(page: string): string | undefined {
  if (page.length > LONGEST_PAGE) return `a page of ${page.length} characters`;
  const [logs = '', rest] = page.split('\n\n\n\nMetrics that would have been returned:\n');
  const [metrics, module] = rest?.split('\n\n\n\nModule configuration:\n') ?? [];
  if (metrics === undefined || module === undefined) return 'no frame';
  const line = logs.split('\n').slice(1).map(wrongLine).find(Boolean);
  return line ?? wrongExposition(metrics);
}

function wrongJson(line: string): string | undefined {
  try {
    return typeof JSON.parse(line) === 'object' ? undefined : 'no object';
  } catch (error) {
    return `${String(error)}: ${line.slice(0, 300)}`;
  }
}

async function startApps(t: Test, modules: Readonly<Record<string, unknown>>): Promise<readonly [TestApp, TestApp]> {
  const loaded = await loadConfig(JSON.stringify({ modules }), 'test.yml', allProbers(testProberDeps()));
  const [logfmt, json] = LOG_FORMATS.map((logFormat) =>
    startApp({ modules: [...loaded.modules.values()], options: { logFormat, probeLogLevel: 'debug' } }),
  );
  const apps = [await logfmt!, await json!] as const;
  for (const app of apps) t.teardown(() => app.stop(0));
  return apps;
}

// Hundreds of probes, of which many read a MiB.
t.setTimeout(600_000);

for (const [kind, text] of Object.entries(ODD_TEXTS)) {
  t.test(kind, { timeout: 300_000 }, async (t) => {
    const places = new Map<string, string>();
    const modules: Record<string, unknown> = {};
    for (const [name, start] of Object.entries(ODD_PLACES)) {
      const { module, target } = await start(t, text);
      modules[name] = { timeout: '4s', ...module };
      places.set(name, target);
    }
    const [logfmt, json] = await startApps(t, modules);
    await eachOf([...places], AT_ONCE, async ([module, target]) => {
      const path = `/probe?${new URLSearchParams({ module, target }).toString()}`;
      const plain = await httpGet(json.address, path);
      t.equal(plain.status, 200, module);
      t.equal(wrongExposition(plain.text), undefined, `${module}: metrics`);
      const page = await httpGet(logfmt.address, `${path}&debug=true`);
      t.equal(wrongPage(page.text), undefined, `${module}: page`);
    });
    const lines = logfmt.logLines.map((line) => wrongLine(line.replace(/\n$/, ''))).filter(Boolean);
    t.same(lines.slice(0, 5), [], 'each log line is one line, printable and bounded');
    t.same(json.logLines.map(wrongJson).filter(Boolean).slice(0, 5), [], 'each line of JSON is JSON');
    t.notOk(json.logLines.some((line) => line.slice(0, -1).includes('\n') || line.length > LONGEST_LINE));
    t.ok(logfmt.logLines.length > places.size, 'something was logged');
  });
}

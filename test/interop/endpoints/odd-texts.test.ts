import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { ODD_PLACES } from '../../helpers/hostile/odd-places.js';
import { ODD_TEXTS } from '../../helpers/hostile/odd-texts.js';
import { findPrometheusServers } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { eachOf } from '../../helpers/services/probe-service.js';
import { testProberDeps } from '../../helpers/services/prober-deps.js';
import { startApp } from '../../helpers/services/start-app.js';

t.setTimeout(500_000);

/** Those that may end up in a label. */
const KINDS = ['control characters', 'a zero', 'quotes', 'backslashes', 'line feeds', 'lone surrogates', 'no UTF-8'];
const AT_ONCE = 4;

const [prometheus] = findPrometheusServers().slice(-1);

/** The labels of an exposition without what differs from probe to probe: ports, times, fingerprints. */
function labelsOf(exposition: string): string {
  const lines = exposition.split('\n').filter((line) => line.includes('="'));
  return lines.map((line) => line.replaceAll(/[\da-f]{6,}|\d+/g, '')).join('\n');
}

t.test('Prometheus reads the metrics of targets that say odd texts', { skip: whyNot() }, async (t) => {
  const expositions = new Map<string, string>();
  for (const kind of KINDS) {
    const targets: (readonly [name: string, target: string])[] = [];
    const modules: Record<string, unknown> = {};
    for (const [name, start] of Object.entries(ODD_PLACES)) {
      const { module, target } = await start(t, ODD_TEXTS[kind]!);
      modules[name] = { timeout: '4s', ...module };
      targets.push([name, target]);
    }
    const loaded = await loadConfig(JSON.stringify({ modules }), 'test.yml', allProbers(testProberDeps()));
    const app = await startApp({ modules: [...loaded.modules.values()] });
    await eachOf(targets, AT_ONCE, async ([module, target]) => {
      const { text } = await httpGet(app.address, `/probe?${new URLSearchParams({ module, target }).toString()}`);
      expositions.set(labelsOf(text), text);
    });
    await app.stop(0);
  }
  t.ok(expositions.size > 20, `${expositions.size} kinds of labels`);
  const pages = [...expositions.values()];
  const source = await serve(t, pages);
  const jobs = pages.map((_page, index) => ({
    job_name: String(index),
    metrics_path: `/${index}`,
    static_configs: [{ targets: [source] }],
  }));
  const config = `${PACE}scrape_configs: ${JSON.stringify(jobs)}\n`;
  const address = await startPrometheus(t, prometheus!, config);
  const up = await queryPrometheus(address, 'up', pages.length);
  for (const { metric, value } of up) t.equal(value, 1, pages[Number(metric['job'])] ?? 'no page');
});

/** Leaves room for a busy machine. */
const PACE = 'global: { scrape_interval: 5s, scrape_timeout: 5s }\n';

/** Serves each page at its number. */
async function serve(t: Test, pages: readonly string[]): Promise<string> {
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(pages[Number(request.url?.slice(1))]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function whyNot(): string | false {
  return prometheus === undefined ? 'no Prometheus here' : false;
}

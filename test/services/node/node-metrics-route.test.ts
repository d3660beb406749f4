import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { unreadRoom } from '../../../src/http/answers/unread-answers.js';
import { HttpServer } from '../../../src/http/listeners/http-server.js';
import { mountedRoutes } from '../../../src/http/routes/mounted-routes.js';
import { ServiceLog } from '../../../src/log/service-log.js';
import { gauge } from '../../../src/metrics/metric-definition.js';
import type { Collector, Scrape } from '../../../src/node/collector.js';
import { NodeScraper } from '../../../src/node/node-scraper.js';
import { nodeMetricsRoute } from '../../../src/services/node/node-metrics-route.js';
import { ScrapeMetrics } from '../../../src/services/scrape-metrics.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

/** Node metrics with one collector that never ends. */
async function startHung(t: Test) {
  const asked = new EventEmitter();
  const hung: Collector = {
    collect: async ({ signal }: Scrape) => {
      asked.emit('scrape', signal);
      await new Promise(() => undefined);
    },
  };
  return { asked, ...(await start(t, hung)) };
}

/** Node metrics with one collector, for one scrape at once. */
async function start(t: Test, collector: Collector) {
  const clock = new ManualClock();
  const log = new ServiceLog({ level: 'error', format: 'logfmt', clock, write: () => undefined });
  const scraper = new NodeScraper({
    collectors: new Map([['hung', collector]]),
    paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/', udevData: '/run/udev/data' },
    clock,
    log,
  });
  const metrics = new ScrapeMetrics();
  const route = nodeMetricsRoute({
    scraper,
    collectors: { enabled: ['hung'], known: new Set(['hung']) },
    gatherers: [metrics.gather],
    metrics,
    maxRequests: 1,
    log,
  });
  const bugs = { internalError: () => t.fail('no bug is expected') };
  const mount = { prefix: '/', externalUrl: '' };
  const server = new HttpServer(
    mountedRoutes({ mount, routes: new Map([['/metrics', route]]), pages: route, log, metrics: bugs }),
    { externalUrl: '' },
  );
  const address = await server.listen('127.0.0.1:0');
  t.teardown(() => server.stop());
  return { address, clock, metrics };
}

t.test('scrapes that hang: one too many is refused, and each ends at the deadline that Prometheus gave', async (t) => {
  const { address, asked, clock, metrics } = await startHung(t);
  const isAsked = once(asked, 'scrape');
  const first = httpGet(address, '/metrics', { headers: { 'x-prometheus-scrape-timeout-seconds': '3' } });
  await isAsked;
  const refused = await httpGet(address, '/metrics');
  t.equal(refused.status, 503);
  t.equal(refused.text, 'Limit of concurrent requests reached (1), try again later.\n');
  clock.advance(2.4);
  t.equal(metrics.scrapes.inFlight, 1, 'still waiting');
  clock.advance(0.1);
  const { status, text } = await first;
  t.equal(status, 200);
  t.match(text, /^node_scrape_collector_success\{collector="hung"\} 0$/m);
  t.match(text, /^promhttp_metric_handler_requests_total\{code="503"\} 1$/m);
  t.equal(metrics.scrapes.inFlight, 0);
});

t.test('a scrape ends when its client leaves', async (t) => {
  const { address, asked, metrics } = await startHung(t);
  const isAsked = once(asked, 'scrape');
  const client = new AbortController();
  const answer = httpGet(address, '/metrics', { signal: client.signal });
  const [signal] = (await isAsked) as [AbortSignal];
  client.abort();
  await t.rejects(answer);
  await until(() => signal.aborted, 'the collector is told');
  await until(() => metrics.scrapes.inFlight === 0, 'there is room for the next scrape');
});

t.test('a client that leaves its answer unread keeps nobody from a scrape', async (t) => {
  const series = gauge('long', 'Help.', ['l']);
  const { address, metrics } = await start(t, {
    collect: ({ metrics: sink }: Scrape) => {
      // More than the system holds for a client that reads nothing.
      for (let row = 0; row < 100; row++) sink.setWith(series, { l: `${row}`.padEnd(128 * 1024, 'x') }, row);
    },
  });
  const [host = '', port = ''] = address.split(':');
  const unread = connect(Number(port), host, () => unread.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'));
  t.teardown(() => unread.destroy());
  unread.on('error', () => undefined).pause();
  await until(() => unreadRoom.bytes > 0, 'the answer is made');
  await until(() => metrics.scrapes.inFlight === 0, 'the scrape is over');
  t.equal((await httpGet(address, '/metrics')).status, 200);
  t.ok(unreadRoom.bytes > 0, 'the answer is still unread');
});

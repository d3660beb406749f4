import t from 'tap';
import { gauge } from '../../src/metrics/metric-definition.js';
import { writeFamilies } from '../../src/metrics/write-text.js';
import { type Collector, NoData } from '../../src/node/collector.js';
import { mergeCollected } from '../../src/node/merge-collected.js';
import { NodeScraper } from '../../src/node/node-scraper.js';
import { ManualClock } from '../helpers/manual-clock.js';

const metric = gauge('node_test', 'Test.', ['from']);
const paths = { procfs: '/proc', sysfs: '/sys', rootfs: '/', udevData: '/run/udev/data' };

function scraperOf(collectors: Readonly<Record<string, Collector['collect']>>, clock = new ManualClock()) {
  const logLines: string[] = [];
  const say =
    (level: string) =>
    (message: string, fields = {}): void => {
      logLines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
    };
  const scraper = new NodeScraper({
    collectors: new Map(Object.entries(collectors).map(([name, collect]) => [name, { collect }])),
    paths,
    clock,
    log: { debug: say('debug'), warn: say('warn'), error: say('error') },
  });
  const scrape = async (signal = new AbortController().signal): Promise<string> =>
    writeFamilies(mergeCollected(await scraper.scrape({ names: scraper.names, deadlineSeconds: 5, signal })).families);
  return { scraper, scrape, logLines };
}

t.test('one collector’s trouble is its own', async (t) => {
  const { scrape, logLines } = scraperOf({
    good: ({ metrics }) => metrics.setWith(metric, { from: 'good' }, 1),
    absent: () => {
      throw new NoData('no such hardware');
    },
    broken: ({ metrics }) => {
      metrics.setWith(metric, { from: 'broken' }, 2);
      throw new Error('a bad line');
    },
    late: async ({ metrics }) => {
      await Promise.resolve();
      metrics.setWith(metric, { from: 'late' }, 3);
    },
  });
  t.equal(
    await scrape(),
    `# HELP node_scrape_collector_duration_seconds node_exporter: Duration of a collector scrape.
# TYPE node_scrape_collector_duration_seconds gauge
node_scrape_collector_duration_seconds{collector="absent"} 0
node_scrape_collector_duration_seconds{collector="broken"} 0
node_scrape_collector_duration_seconds{collector="good"} 0
node_scrape_collector_duration_seconds{collector="late"} 0
# HELP node_scrape_collector_success node_exporter: Whether a collector succeeded.
# TYPE node_scrape_collector_success gauge
node_scrape_collector_success{collector="absent"} 0
node_scrape_collector_success{collector="broken"} 0
node_scrape_collector_success{collector="good"} 1
node_scrape_collector_success{collector="late"} 1
# HELP node_test Test.
# TYPE node_test gauge
node_test{from="broken"} 2
node_test{from="good"} 1
node_test{from="late"} 3
`,
  );
  t.same(logLines, [
    'debug: collector returned no data {"name":"absent","err":"no such hardware"}',
    'error: collector failed {"name":"broken","err":"a bad line"}',
  ]);
});

t.test('a collector that hangs is given up at its deadline, and what it gives afterwards is dropped', async (t) => {
  const clock = new ManualClock();
  let answer: () => void = () => undefined;
  let wasAborted = false;
  const { scrape, logLines } = scraperOf(
    {
      hung: async ({ metrics, signal }) => {
        metrics.setWith(metric, { from: 'early' }, 1);
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        wasAborted = signal.aborted;
        metrics.setWith(metric, { from: 'too late' }, 1);
      },
      good: ({ metrics }) => metrics.setWith(metric, { from: 'good' }, 1),
    },
    clock,
  );
  const scraped = scrape();
  await Promise.resolve();
  clock.advance(5);
  const text = await scraped;
  answer();
  await new Promise(setImmediate);
  t.match(text, /node_test\{from="early"\} 1\nnode_test\{from="good"\} 1\n$/);
  t.match(text, /success\{collector="hung"\} 0/);
  t.match(text, /duration_seconds\{collector="hung"\} 5/);
  t.ok(wasAborted, 'the collector was told');
  t.same(logLines, ['error: collector failed {"name":"hung","err":"it did not end within 5 s"}']);
  t.equal(clock.pending, 0);
});

t.test('a client that leaves ends the scrape', async (t) => {
  const client = new AbortController();
  const { scrape, logLines } = scraperOf({ hung: () => new Promise(() => undefined) });
  const scraped = scrape(client.signal);
  client.abort(new Error('the client is gone'));
  t.match(await scraped, /success\{collector="hung"\} 0/);
  t.same(
    logLines,
    ['debug: collector given up {"name":"hung","err":"the client is gone"}'],
    'no failure of a collector',
  );
});

t.test('for a client that has left already no collector runs', async (t) => {
  const asked: string[] = [];
  const { scrape, logLines } = scraperOf({ good: () => void asked.push('good') });
  await scrape(AbortSignal.abort());
  t.same([asked, logLines], [[], []]);
});

t.test('each file is read once a scrape, and anew in the next', async (t) => {
  const texts: string[] = [];
  const { scrape } = scraperOf({
    one: ({ files }) => void texts.push(files.proc.text('uptime')),
    two: async ({ files }) => {
      await new Promise(setImmediate);
      texts.push(files.proc.text('uptime'), await files.proc.textLater('uptime'));
    },
  });
  await scrape();
  t.equal(new Set(texts).size, 1);
  t.equal(texts.length, 3);
});

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { HttpError } from '../../../../src/http/answers/http-reply.js';
import type { MetricFamily } from '../../../../src/metrics/metric-family.js';
import type { PushedGroup } from '../../../../src/push/pushed-group.js';
import { Companions } from '../../../../src/services/companions.js';
import { groupPath } from '../../../../src/services/pushgateway/pages/push-group-path.js';
import { pushHelpRoute, pushStatusRoute } from '../../../../src/services/pushgateway/pages/push-info-pages.js';
import { pushPageRoute } from '../../../../src/services/pushgateway/pages/push-page.js';
import { likelyTime, plainNumber } from '../../../../src/services/pushgateway/pages/push-page-text.js';
import { systemClock } from '../../../../src/values/clock.js';
import { groupKey, PUSHED_AT_SECONDS, pushedGroup, seriesLabels } from '../../../helpers/push/pushed-groups.js';
import { type HttpAnswer, httpGet } from '../../../helpers/services/http-get.js';

interface PageOptions {
  readonly canWipe?: boolean;
  readonly problem?: string;
  readonly why?: string;
}

type Get = (path: string) => Promise<HttpAnswer>;

/** A server with the page alone. */
async function servePage(t: Test, groups: readonly PushedGroup[], options: PageOptions = {}): Promise<Get> {
  const { canWipe = false, problem, why } = options;
  const clock = { ...systemClock, wallSeconds: () => PUSHED_AT_SECONDS + 180 };
  const route = pushPageRoute({
    groups: { groups: () => groups },
    canWipe,
    beside: new Companions(),
    problem: () => problem,
    whyFailed: () => why,
    clock,
  });
  const server = createServer((request, response) => {
    const [, query = ''] = (request.url ?? '').split('?');
    Promise.resolve(route({ request, response, query })).catch((error: unknown) => {
      response.writeHead(error instanceof HttpError ? error.status : 500).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  // A listening server has the address of its socket.
  const { port } = server.address() as AddressInfo;
  return (path) => httpGet(`127.0.0.1:${port}`, path);
}

const gauge = (name: string, labels: MetricFamily['samples'][number]['labels'], value = 1): MetricFamily => ({
  name,
  type: 'gauge',
  samples: [{ kind: 'value', labels, value }],
});

function simpleGroup(labels: Readonly<Record<string, string>>, name = 'some_metric'): PushedGroup {
  const key = groupKey(labels);
  return pushedGroup(key, [gauge(name, seriesLabels(key))]);
}

const count = (html: string, what: string | RegExp): number => [...html.matchAll(new RegExp(what, 'g'))].length;

t.test('groups with their labels, what failed last in red', async (t) => {
  const failed = pushedGroup(groupKey({ job: 'b' }), [], { lastPushSeconds: 0, lastFailureSeconds: PUSHED_AT_SECONDS });
  const mortal = pushedGroup(groupKey({ a: 'x', job: 'c' }), [], { expiresAtSeconds: PUSHED_AT_SECONDS + 600 });
  const groups = [simpleGroup({ job: 'a', instance: 'i' }), failed, mortal];
  const get = await servePage(t, groups, { why: 'the metrics are <bad>' });
  const { status, text, headers } = await get('/');
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/html; charset=utf-8');
  t.equal(count(text, 'Last push failed!'), 1);
  t.match(text, 'never pushed, last failure <time datetime="2026-01-02T03:04:06Z">2026-01-02 03:04:06 UTC</time>');
  t.match(text, /2026-01-02 03:04:06 UTC<\/time> \(<time [^>]* data-time="ago">\d (?:s|min) ago<\/time>\)/);
  t.equal(count(text, 'Why the last push failed:</span> the metrics are &lt;bad&gt;'), 1, 'of the one that failed');
  t.match(text, 'goes at <time datetime="2026-01-02T03:14:06Z">');
  t.match(
    text,
    /<span class="badge first">job=&#34;c&#34;<\/span> <span class="badge">a=&#34;x&#34;<\/span>/,
    'job comes first',
  );
  t.match(text, '3 groups');
  t.notMatch(text, 'data-delete="all"');
  t.notMatch(text, 'some_metric', 'what is in a group comes when it is opened');
});

t.test('an open group shows its values at once, unless they are many', async (t) => {
  const key = groupKey({ job: 'a' });
  const many = Array.from({ length: 51 }, (_, index) => seriesLabels(key, { n: String(index) }));
  const samples = many.map((labels) => ({ kind: 'value', labels, value: 7 }) as const);
  const families = [gauge('few', seriesLabels(key)), { name: 'many', type: 'gauge', samples } as const];
  const get = await servePage(t, [pushedGroup(key, families)]);
  const { text } = await get(`/?group=${encodeURIComponent(key.id)}&part=metrics`);
  t.match(text, '<details open class="family"><summary><span class="name">few</span>');
  t.match(text, '<details class="family"><summary><span class="name">many</span>');
});

t.test('an empty store, and one that cannot be written', async (t) => {
  t.match((await (await servePage(t, [], { canWipe: true }))('/')).text, 'Nothing has been pushed yet.');
  const { text } = await (
    await servePage(t, [simpleGroup({ job: 'a' })], { canWipe: true, problem: 'the disk is <full>' })
  )('/');
  t.match(text, 'Nothing can be pushed:</span> the disk is &lt;full&gt;');
  t.match(text, 'data-delete="all">Delete All 1 Group<');
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "' onclick='alert(3)",
  '</td></textarea><svg/onload=alert(4)>',
];

t.test('nothing that was pushed becomes a part of the page', async (t) => {
  for (const text of HOSTILE) {
    const key = groupKey({ job: text, other: text });
    const sample = { kind: 'value', labels: seriesLabels(key, { own: text }), value: 1 } as const;
    const group = pushedGroup(key, [{ name: text, help: text, type: 'gauge', samples: [sample, sample] }]);
    const get = await servePage(t, [group]);
    const id = encodeURIComponent(key.id);
    const paths = [
      '/',
      `/?q=${encodeURIComponent(text)}`,
      `/?group=${id}`,
      `/?group=${id}&part=metrics`,
      `/?group=${id}&metric=${encodeURIComponent(text)}`,
    ];
    for (const path of paths) {
      const answer = await get(path);
      t.equal(answer.status, 200, path);
      // The page's own script is the only one.
      t.ok(count(answer.text, '<script') <= 1, path);
      t.notMatch(answer.text, /<img|<svg|<\/textarea|onclick='|alert\(1\)<\/script/, path);
      t.match(answer.headers['content-security-policy'], /^default-src 'none'/, path);
    }
  }
});

t.test('the policy allows the scripts and styles of the page, by what they are', async (t) => {
  const { text, headers } = await (await servePage(t, []))('/');
  const policy = String(headers['content-security-policy']);
  for (const [, element, content] of text.matchAll(/<(script|style)>([^]*?)<\/\1>/g)) {
    const digest = createHash('sha256')
      .update(content ?? '')
      .digest('base64');
    t.match(policy, new RegExp(`${element}-src 'sha256-${digest.replace(/[+/]/g, '\\$&')}'`));
  }
  t.notMatch(policy, 'unsafe');
  t.notMatch(text, /(?:src|href)="(?:https?:)?\/\//, 'nothing comes from elsewhere');
  t.notMatch(text, / on\w+=/, 'no script in attributes');
});

t.test('a filter looks at labels and names of metrics', async (t) => {
  const get = await servePage(t, [
    simpleGroup({ job: 'backup', host: 'Alpha' }),
    simpleGroup({ job: 'backup', host: 'beta' }, 'rows_total'),
    simpleGroup({ job: 'cron' }, 'rows_total'),
  ]);
  const rows: readonly (readonly [filter: string, found: string])[] = [
    ['alpha', '1 of 3 groups'],
    ['job=backup', '2 of 3 groups'],
    ['job="backup"', '2 of 3 groups'],
    ['rows backup', '1 of 3 groups'],
    ['ROWS', '2 of 3 groups'],
    ['nothing', '0 of 3 groups'],
    ['  ', '3 groups'],
  ];
  for (const [filter, found] of rows) {
    const { text } = await get(`/?q=${encodeURIComponent(filter)}`);
    t.equal(/data-count="([^"]*)"/.exec(text)?.[1], found, filter);
  }
});

t.test('what is shown at a time is bounded', async (t) => {
  const key = groupKey({ job: 'large' });
  const samples = Array.from({ length: 20_000 }, (_, index) => ({
    kind: 'value' as const,
    labels: seriesLabels(key, { index: String(index) }),
    value: index,
  }));
  const families = Array.from({ length: 700 }, (_, index) => gauge(`metric_${index}`, seriesLabels(key)));
  const large = pushedGroup(key, [{ name: 'a_large_one', type: 'gauge', samples }, ...families]);
  const many = Array.from({ length: 1050 }, (_, index) => simpleGroup({ job: 'small', index: String(index) }));
  const get = await servePage(t, [large, ...many]);
  const first = (await get('/')).text;
  t.equal(count(first, 'class="group"'), 100);
  t.match(first, /page 1 of 11 <a href="\?page=2" rel="next">/);
  const last = (await get('/?q=job&page=11')).text;
  t.equal(count(last, 'class="group"'), 51);
  t.match(last, /<a href="\?q=job&amp;page=10" rel="prev">Previous<\/a> page 11 of 11/);
  for (const page of ['0', '-1', '99', 'NaN', '1.5', '1e99']) t.equal((await get(`/?page=${page}`)).status, 200, page);
  const part = (await get(`/?group=${encodeURIComponent(key.id)}&part=metrics`)).text;
  t.equal(count(part, 'class="family"'), 500);
  t.equal(count(part, 'index=&#34;'), 50);
  t.match(part, /and 19,950 more: <a href="\?group=[^"]*&amp;metric=a_large_one">show all<\/a>/);
  const alone = (await get(`/?group=${encodeURIComponent(key.id)}&metric=a_large_one`)).text;
  t.equal(count(alone, 'index=&#34;'), 10_000);
});

t.test('what is not there', async (t) => {
  const get = await servePage(t, [simpleGroup({ job: 'a' })]);
  t.equal((await get('/?group=nothing')).status, 404);
  t.equal((await get(`/?group=${encodeURIComponent('[["job","a"]]')}&metric=nothing`)).status, 404);
});

t.test('values of all kinds', async (t) => {
  const key = groupKey({ job: 'a', instance: 'i' });
  const labels = seriesLabels(key);
  const group = pushedGroup(key, [
    gauge('backup_last_run_timestamp', labels, 1_767_323_045),
    {
      name: 's',
      type: 'summary',
      samples: [{ kind: 'summary', labels, quantiles: [{ quantile: 0.5, value: NaN }], sum: 10, count: 4 }],
    },
    {
      name: 'h',
      type: 'histogram',
      samples: [
        { kind: 'histogram', labels, buckets: [{ upperBound: Infinity, cumulativeCount: 3 }], sum: 4.5, count: 3 },
      ],
    },
    {
      name: 'n',
      type: 'histogram',
      samples: [
        {
          kind: 'histogram',
          labels,
          buckets: [],
          sum: 1,
          count: 4,
          native: {
            schema: 0,
            zeroThreshold: 0.5,
            zeroCount: 1,
            negative: { spans: [{ offset: 1, length: 1 }], counts: [1] },
            positive: { spans: [{ offset: 1, length: 1 }], counts: [2] },
          },
        },
      ],
    },
  ]);
  const { text } = await (await servePage(t, [group]))(`/?group=${encodeURIComponent(key.id)}`);
  t.match(text, '1767323045<br><span class="muted"><time datetime="2026-01-02T03:04:05Z">');
  t.match(text, '<td>quantile 0.5</td><td class="value">NaN</td>');
  t.match(text, '<td>≤ +Inf</td><td class="value">3</td>');
  for (const bounds of ['[-2, -1)', '[-0.5, 0.5]', '(1, 2]']) t.match(text, `<td>${bounds}</td>`);
  t.match(text, 'push_failure_time_seconds');
});

t.test('the path by which a group is deleted', async (t) => {
  t.equal(groupPath(groupKey({ job: 'a/b', instance: '' })), 'metrics/job@base64/YS9i=/instance@base64/=');
  t.equal(groupPath(groupKey({ job: 'ü', 'odd.name': '?' })), 'metrics/job@base64/w7w=/U__odd_2e_name@base64/Pw=');
});

t.test('numbers and times as people read them', async (t) => {
  t.same([1e20, -0, 0.1, Infinity, -Infinity, NaN].map(plainNumber), [
    '100000000000000000000',
    '0',
    '0.1',
    '+Inf',
    '-Inf',
    'NaN',
  ]);
  t.ok(likelyTime('job_last_success_timestamp_seconds', 1.7e9));
  t.notOk(likelyTime('job_bytes', 1.7e9));
  t.notOk(likelyTime('job_run_seconds', 12));
});

t.test('status and help', async (t) => {
  const build = {
    version: '1.2.3',
    revision: 'r',
    branch: 'b',
    goos: 'linux',
    goarch: 'amd64',
    nodeVersion: 'v20.1.2',
  };
  const status = pushStatusRoute({
    build,
    flags: { 'web.listen-address': ':9091', 'persistence.file': '', 'push.store': '' },
    startSeconds: PUSHED_AT_SECONDS,
    groupCount: () => 3,
    seriesCount: () => 12_345,
    problem: () => undefined,
  });
  const server = createServer((request, response) => {
    void (request.url === '/status' ? status : pushHelpRoute)({ request, response, query: '' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  // A listening server has the address of its socket.
  const { port } = server.address() as AddressInfo;
  const shown = (await httpGet(`127.0.0.1:${port}`, '/status')).text;
  for (const text of ['1.2.3', '12,345', '--web.listen-address', '<code>:9091</code>', 'in memory only'])
    t.match(shown, text);
  t.match((await httpGet(`127.0.0.1:${port}`, '/help')).text, 'honor_labels: true');
});

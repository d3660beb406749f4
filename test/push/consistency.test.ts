import t from 'tap';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

const PREFIX = 'pushed metrics are invalid or inconsistent with existing metrics: ';

interface Row {
  readonly name: string;
  /** Pushed before, by PUT: job and body. */
  readonly before: readonly (readonly [path: string, body: string])[];
  readonly method?: 'PUT' | 'POST';
  readonly path: string;
  readonly body: string;
  /** What the refusal says behind the prefix; absent: it is taken in. */
  readonly refused?: string | RegExp;
}

const SUMMARY = '# TYPE s summary\ns_sum 1\ns_count 1\n';
const HISTOGRAM = '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n';

const ROWS: readonly Row[] = [
  {
    name: 'another type in another group',
    before: [['a', '# TYPE x counter\nx 1\n']],
    path: 'b',
    body: '# TYPE x gauge\nx 1\n',
    refused: /^collected metric "x" \{ label:\{name:"instance" .*gauge:\{value:1\}\} is not a COUNTER$/,
  },
  {
    name: 'another type in the same group, which is replaced',
    before: [['a', '# TYPE x counter\nx 1\n']],
    path: 'a',
    body: '# TYPE x gauge\nx 1\n',
  },
  {
    name: 'the same series from a group with fewer labels',
    before: [['a/instance/i', 'x 1\n']],
    path: 'a',
    body: 'x{instance="i"} 1\n',
    refused: /was collected before with the same name and label values$/,
  },
  {
    name: 'the same series from a group with more labels',
    before: [['a', 'x{instance="i",l="v"} 1\n']],
    path: 'a/instance/i/l/v',
    body: 'x 1\n',
    refused: /was collected before with the same name and label values$/,
  },
  {
    name: 'an instance that is empty by being absent and by being said',
    before: [['a', 'x 1\n']],
    path: 'a/instance@base64/=',
    body: 'x 1\n',
    refused: /was collected before/,
  },
  {
    name: 'other groups of another shape',
    before: [['a/instance/i', 'x 1\n']],
    path: 'a',
    body: 'x{instance="j"} 1\n',
  },
  {
    name: 'two errors in one push',
    before: [],
    path: 'a',
    body: 'x 1\nx 2\ny{__l="v"} 1\n',
    refused:
      /^2 error\(s\) occurred:\n\* collected metric "x" .* before .*\n\* collected metric "y" .* has a label with an invalid name: __l$/,
  },
  {
    name: 'a count beside a summary',
    before: [['a', SUMMARY]],
    path: 'b',
    body: 's_count 1\n',
    refused: 'collected metric named "s_count" collides with previously collected summary named "s"',
  },
  {
    name: 'a histogram beside its bucket',
    before: [['a', 'h_bucket 1\n']],
    path: 'b',
    body: HISTOGRAM,
    refused: 'collected histogram named "h" collides with previously collected metric named "h_bucket"',
  },
  {
    name: 'a summary that replaces what it collides with',
    before: [['a', 's_count 1\n']],
    method: 'PUT',
    path: 'a',
    body: SUMMARY,
  },
  {
    name: 'a summary that is added to what it collides with',
    before: [['a', 's_count 1\n']],
    method: 'POST',
    path: 'a',
    body: SUMMARY,
    refused: 'collected histogram or summary named "s" collides with previously collected metric named "s_count"',
  },
  {
    name: 'a metric of the service itself with another type',
    before: [],
    path: 'a',
    body: '# TYPE pushgateway_build_info counter\npushgateway_build_info 1\n',
    refused: 'gathered metric family pushgateway_build_info has type COUNTER but should have GAUGE',
  },
  {
    name: 'a metric of the service itself with its type, as clients push what their registry has',
    before: [],
    path: 'a',
    body: '# HELP process_open_fds Mine.\n# TYPE process_open_fds gauge\nprocess_open_fds 1\n',
  },
];

for (const { name, before, method = 'PUT', path, body, refused } of ROWS) {
  t.test(name, async (t) => {
    const gateway = await startTestPushgateway();
    t.teardown(() => gateway.stop(1));
    for (const [to, text] of before) {
      t.equal((await gateway.send('PUT', `/metrics/job/${to}`, { body: text })).status, 200, `${to} is pushed`);
    }
    const answer = await gateway.send(method, `/metrics/job/${path}`, { body });
    t.equal(answer.status, refused === undefined ? 200 : 400);
    if (typeof refused === 'string') t.equal(answer.text, `${PREFIX}${refused}\n`);
    if (refused instanceof RegExp) {
      t.ok(answer.text.startsWith(PREFIX), answer.text);
      t.match(answer.text.slice(PREFIX.length).trimEnd(), refused);
    }
    t.equal((await gateway.send('GET', '/metrics')).status, 200, 'a scrape is well');
  });
}

t.test('errors are cited up to a limit', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  const { text } = await gateway.send('PUT', '/metrics/job/a', { body: 'x 1\n'.repeat(1000) });
  t.match(text, /^pushed metrics are .*: 999 error\(s\) occurred:\n/);
  t.match(text, /\n\* and 979 more\n$/);
});

t.test('unchecked pushes: the scrape shows what fits, the same every time, and counts the rest', async (t) => {
  const gateway = await startTestPushgateway(['--push.disable-consistency-check']);
  t.teardown(() => gateway.stop(1));
  const push = async (path: string, body: string): Promise<void> => {
    t.equal((await gateway.send('PUT', `/metrics/job/${path}`, { body })).status, 202, path);
  };
  const shown = async (): Promise<{ lines: readonly string[]; leftOut: string }> => {
    const { status, text } = await gateway.send('GET', '/metrics');
    t.equal(status, 200);
    const lines = text.split('\n').filter((line) => /^[xs](?:_\w+)?[{ ]/.test(line));
    return { lines, leftOut: /^sonde_pushgateway_series_left_out (\d+)$/m.exec(text)?.[1] ?? '' };
  };
  await push('b', '# TYPE x gauge\nx 2\n');
  await push('a', '# TYPE x counter\nx 1\nx 3\n');
  await push('c', SUMMARY);
  await push('d', 's_count 1\n');
  await push('e/l/v', 'x 1\n');
  t.same(await shown(), {
    lines: ['s_sum{instance="",job="c"} 1', 's_count{instance="",job="c"} 1', 'x{instance="",job="a"} 1'],
    leftOut: '4',
  });
  await gateway.send('DELETE', '/metrics/job/a');
  await gateway.send('DELETE', '/metrics/job/c');
  await gateway.send('DELETE', '/metrics/job/e/l/v');
  t.same(await shown(), { lines: ['s_count{instance="",job="d"} 1', 'x{instance="",job="b"} 2'], leftOut: '0' });
  const dropped = await gateway.send('PUT', '/metrics/job/a', { body: 'x 1 1000\n' });
  t.equal(dropped.status, 400, 'what is not taken in is not acknowledged');
});

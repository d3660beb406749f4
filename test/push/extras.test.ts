import t from 'tap';
import { ManualClock } from '../helpers/manual-clock.js';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

t.test('a group goes when its time to live is over', async (t) => {
  const clock = new ManualClock();
  const gateway = await startTestPushgateway(['--push.default-ttl=1h'], { clock });
  t.teardown(() => gateway.stop(1));
  const push = (path: string, headers = {}): Promise<unknown> => gateway.send('PUT', path, { body: 'x 1\n', headers });
  await push('/metrics/job/query?ttl=10m');
  await push('/metrics/job/header', { 'Pushgateway-TTL': '20m' });
  await push('/metrics/job/default');
  await push('/metrics/job/forever?ttl=0');
  await push('/metrics/job/again?ttl=10m');
  const jobs = async (): Promise<readonly string[]> =>
    (await gateway.pushedLines()).flatMap((line) => /^x\{.*job="(\w+)"/.exec(line)?.[1] ?? []);
  clock.advance(599);
  t.same(await jobs(), ['again', 'default', 'forever', 'header', 'query']);
  await push('/metrics/job/again?ttl=10m');
  clock.advance(1);
  t.same(await jobs(), ['again', 'default', 'forever', 'header'], 'after ten minutes');
  clock.advance(600);
  t.same(await jobs(), ['default', 'forever'], 'after twenty');
  clock.advance(86_400);
  t.same(await jobs(), ['forever'], 'after a day');
  t.match((await gateway.send('GET', '/metrics')).text, /^sonde_pushgateway_groups_expired_total 4$/m);
});

t.test('a failed push makes no group live longer', async (t) => {
  const clock = new ManualClock();
  const gateway = await startTestPushgateway([], { clock });
  t.teardown(() => gateway.stop(1));
  await gateway.send('PUT', '/metrics/job/j?ttl=10m', { body: 'x 1\n' });
  clock.advance(500);
  await gateway.send('PUT', '/metrics/job/j?ttl=10m', { body: 'x 1 1\n' });
  clock.advance(100);
  t.same(await gateway.pushedLines(), []);
});

for (const ttl of ['', 'x', '10', '-1m', '1e9h', '900000h', `${'11h'.repeat(40)}x`]) {
  t.test(`refuses ttl=${ttl}`, async (t) => {
    const gateway = await startTestPushgateway();
    t.teardown(() => gateway.stop(1));
    const { status, text } = await gateway.send('PUT', `/metrics/job/j?ttl=${ttl}`, { body: 'x 1\n' });
    t.equal(status, 400);
    t.match(text, /^invalid time to live/);
  });
}

t.test('deletes groups by selector', async (t) => {
  const gateway = await startTestPushgateway(['--web.enable-admin-api']);
  t.teardown(() => gateway.stop(1));
  for (const path of ['a/instance/1', 'a/instance/2', 'ab', 'b']) {
    await gateway.send('PUT', `/metrics/job/${path}`, { body: 'x 1\n' });
  }
  const remove = async (query: string): Promise<{ status: number; found: readonly string[] }> => {
    const { status, text } = await gateway.send('DELETE', `/api/v1/groups?${query}`);
    // The shape of the answer is what this test is about.
    const { data } = JSON.parse(text) as { data: { job: string; instance?: string }[] };
    return { status, found: data.map(({ job, instance }) => `${job}/${instance ?? ''}`) };
  };
  const match = (selector: string): string => `match[]=${encodeURIComponent(selector)}`;
  t.same(await remove(`${match('{job="a"}')}&dry_run=true`), { status: 200, found: ['a/1', 'a/2'] });
  t.same(await remove(`${match('{job=~"a.*",instance!="1"}')}&dry_run`), { status: 200, found: ['a/2', 'ab/'] });
  t.same(await remove(match('{job!~"a.+",job!="",instance=""}')), { status: 200, found: ['b/'] }, 'absent is empty');
  t.same(await remove(`${match('job="ab"')}&${match("{instance='2'}")}`), { status: 200, found: ['a/2', 'ab/'] });
  const left = await gateway.pushedLines();
  t.same(
    left.filter((line) => line.startsWith('x')),
    ['x{instance="1",job="a"} 1'],
  );
  for (const bad of [
    '',
    match(''),
    match('{}'),
    match('{job=~".*"}'),
    match('{job="a"'),
    match('{job~"a"}'),
    match('{job=~"["}'),
  ]) {
    const { status, text } = await gateway.send('DELETE', `/api/v1/groups?${bad}`);
    t.equal(status, 400, bad);
    t.match(JSON.parse(text), { status: 'error', errorType: 'bad_data', error: String });
  }
});

t.test('nobody deletes by selector where the admin API is off', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  t.equal((await gateway.send('DELETE', '/api/v1/groups?match[]={job="a"}')).status, 404);
});

const HISTOGRAM = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n';
const SUMMARY = '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 3\ns_count 2\n';

const AGGREGATIONS = [
  {
    mode: 'sum',
    first: '# TYPE c counter\nc{l="a"} 1\nc{l="b"} 2\n',
    second: '# TYPE c counter\nc{l="b"} 3\nc{l="c"} 4\n',
    shows: ['c{instance="",job="j",l="a"} 1', 'c{instance="",job="j",l="b"} 5', 'c{instance="",job="j",l="c"} 4'],
  },
  { mode: 'sum', first: '# TYPE g gauge\ng 5\n', second: '# TYPE g gauge\ng 3\n', shows: ['g{instance="",job="j"} 3'] },
  { mode: 'max', first: '# TYPE g gauge\ng 5\n', second: '# TYPE g gauge\ng 3\n', shows: ['g{instance="",job="j"} 5'] },
  {
    mode: 'last',
    first: 'u{l="a"} 5\n',
    second: 'u{l="b"} 3\n',
    shows: ['u{instance="",job="j",l="a"} 5', 'u{instance="",job="j",l="b"} 3'],
  },
  {
    mode: 'sum',
    first: HISTOGRAM,
    second: HISTOGRAM,
    shows: [
      'h_bucket{instance="",job="j",le="1"} 2',
      'h_bucket{instance="",job="j",le="+Inf"} 4',
      'h_sum{instance="",job="j"} 6',
      'h_count{instance="",job="j"} 4',
    ],
  },
  {
    mode: 'sum',
    first: SUMMARY,
    second: SUMMARY,
    shows: ['s_sum{instance="",job="j"} 6', 's_count{instance="",job="j"} 4'],
  },
  { mode: 'max', first: HISTOGRAM, second: HISTOGRAM, refused: /has no maximum/ },
  {
    mode: 'sum',
    first: HISTOGRAM,
    second: HISTOGRAM.replace('le="1"', 'le="2"'),
    refused: /has other buckets than before/,
  },
  {
    mode: 'sum',
    first: '# TYPE x gauge\nx 1\n',
    second: '# TYPE x counter\nx 1\n',
    refused: /it is a counter now and was a gauge before/,
  },
  { mode: 'sum', first: 'u 1\n', second: 'u 1\nu 1\n', refused: /was collected before/ },
  {
    mode: 'median',
    first: 'u 1\n',
    second: 'u 1\n',
    refused: /^unknown aggregation "median": it is one of sum, max, last$/m,
  },
] as const;

for (const { mode, first, second, ...then } of AGGREGATIONS) {
  t.test(`aggregate=${mode} of ${JSON.stringify(second)}`, async (t) => {
    const gateway = await startTestPushgateway();
    t.teardown(() => gateway.stop(1));
    await gateway.send('PUT', '/metrics/job/j', { body: first });
    const { status, text } = await gateway.send('POST', `/metrics/job/j?aggregate=${mode}`, { body: second });
    t.equal(status, 'refused' in then ? 400 : 200);
    if ('refused' in then) t.match(text, then.refused);
    else
      t.same(
        (await gateway.pushedLines()).filter((line) => !/^(?:#|push_)/.test(line)),
        then.shows,
      );
  });
}

t.test('a rule aggregates by job; a PUT replaces all the same', async (t) => {
  const gateway = await startTestPushgateway(['--push.aggregate=web-.*=sum', '--push.aggregate=.*=max']);
  t.teardown(() => gateway.stop(1));
  for (const job of ['web-1', 'other']) {
    for (const method of ['PUT', 'POST', 'POST']) await gateway.send(method, `/metrics/job/${job}`, { body: 'x 2\n' });
  }
  const lines = (await gateway.pushedLines()).filter((line) => line.startsWith('x'));
  t.same(lines, ['x{instance="",job="other"} 2', 'x{instance="",job="web-1"} 6']);
  t.equal((await gateway.send('PUT', '/metrics/job/j?aggregate=sum', { body: 'x 1\n' })).status, 400);
});

t.test('metrics with the names of what every object has stay', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  const names = Object.getOwnPropertyNames(Object.prototype);
  for (const method of ['PUT', 'POST'] as const) {
    // Names of labels with two underscores in front are reserved.
    const label = (name: string): string => name.replace(/^__/, '');
    const body = names.map((name) => `# TYPE ${name} gauge\n${name}{${label(name)}="${name}"} 1\n`).join('');
    const { status } = await gateway.send(method, '/metrics/job/toString/constructor/__proto__', { body });
    t.equal(status, 200);
    const lines = (await gateway.pushedLines()).filter((line) => line.endsWith(' 1'));
    t.same(lines.map((line) => line.replace(/\{.*/s, '')).sort(), [...names].sort());
    t.ok(lines.every((line) => line.includes('constructor="__proto__"')));
  }
});

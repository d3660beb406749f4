import t from 'tap';
import type { KnownTarget } from '../../../../src/services/prober/discovery/known-target.js';
import { readTargets } from '../../../../src/services/prober/discovery/read-targets.js';
import { isInShard } from '../../../../src/services/prober/discovery/shard.js';
import { planTargets } from '../../../../src/services/prober/schedule/plan-targets.js';
import { seriesLabels, withLabels } from '../../../../src/services/prober/schedule/series-labels.js';
import { atOnce } from '../../../../src/values/in-slices.js';

const target = (of: Partial<KnownTarget>, labels: Readonly<Record<string, string>> = {}): KnownTarget => ({
  ...{ target: 'https://a.example', module: undefined, params: new Map(), schedule: undefined },
  ...of,
  labels: new Map(Object.entries(labels)),
});

t.test('what a group may say of its schedule', async (t) => {
  const rows: readonly (readonly [schedule: string, read: unknown])[] = [
    ['30s', { intervalSeconds: 30 }],
    ['1m30s', { intervalSeconds: 90 }],
    ['off', 'off'],
    ['false', 'off'],
    ['{interval: 15s, timeout: 5s}', { intervalSeconds: 15, timeoutSeconds: 5 }],
    ['{interval: 15s}', { intervalSeconds: 15 }],
    [
      'often',
      'f:1:28: [0].schedule: this must be an interval such as 30s, a mapping with `interval` and `timeout`, or off',
    ],
    [
      '[30s]',
      'f:1:28: [0].schedule: this must be an interval such as 30s, a mapping with `interval` and `timeout`, or off',
    ],
    ['10ms', 'f:1:28: [0].schedule: an interval is from 1s to 1w'],
    ['1y', 'f:1:28: [0].schedule: an interval is from 1s to 1w'],
    ['{timeout: 5s}', 'f:1:28: [0].schedule: a schedule needs an interval'],
    ['{interval: 5s, timeout: 6s}', 'f:1:28: [0].schedule: the timeout is longer than the interval'],
    ['{interval: 5s, timeout: 0s}', 'f:1:52: [0].schedule.timeout: a timeout is above 0'],
    ['{interval: 5}', 'f:1:39: [0].schedule.interval: this is no duration, such as 30s or 1m30s'],
    ['{interval: 5s, jitter: 1s}', 'f:1:51: [0].schedule.jitter: there is no such key; possible are interval, timeout'],
    ['{interval: 5s, interval: 5s}', 'f:1:53: [0].schedule.interval: this key stands twice'],
  ];
  for (const [schedule, read] of rows) {
    const got = await readTargets(`- {targets: [a], schedule: ${schedule}}\n`, 'f');
    const [problem] = got.kind === 'unusable' ? got.problems : [];
    t.strictSame(got.kind === 'read' ? got.groups[0]?.schedule : problem, read, schedule);
  }
  const json = await readTargets('[{"targets": ["a"], "schedule": {"interval": "30s"}}]', 'f');
  t.match(json, { groups: [{ schedule: { intervalSeconds: 30 } }] });
});

t.test('the group goes before the labels, and these before the command line', (t) => {
  const rows: readonly (readonly [name: string, target: KnownTarget, fallback: number, wanted: unknown])[] = [
    ['nothing is said', target({}), 0, undefined],
    ['the command line', target({}), 60, [60, 54]],
    ['off', target({ schedule: 'off' }), 60, undefined],
    ['the group', target({ schedule: { intervalSeconds: 30 } }), 0, [30, 27]],
    ['a timeout', target({ schedule: { intervalSeconds: 30, timeoutSeconds: 5 } }), 60, [30, 5]],
    ['labels alone are for Prometheus', target({}, { __scrape_interval__: '5s' }), 0, undefined],
    ['labels', target({}, { __scrape_interval__: '20s', __scrape_timeout__: '3s' }), 60, [20, 3]],
    ['too often', target({}, { __scrape_interval__: '20ms' }), 60, [60, 54]],
    ['a timeout beyond the interval', target({}, { __scrape_timeout__: '2m' }), 60, [60, 54]],
  ];
  for (const [name, each, intervalSeconds, wanted] of rows) {
    const [plan] = atOnce(planTargets([each], { intervalSeconds })).plans.values();
    t.strictSame(plan && [plan.beat.intervalSeconds, plan.timeoutSeconds], wanted, name);
  }
  t.end();
});

t.test('each shard plans what /sd has for it', (t) => {
  const all = Array.from({ length: 100 }, (_, i) => target({ target: `t${i}` }));
  const parts = [1, 2, 3].map((index) => {
    const { plans } = atOnce(planTargets(all, { intervalSeconds: 60, shard: { index, of: 3 } }));
    t.ok([...plans.keys()].every((key) => isInShard(key, { index, of: 3 })));
    return plans.size;
  });
  t.equal(
    parts.reduce((sum, size) => sum + size),
    100,
  );
  t.ok(parts.every((size) => size > 15));
  t.end();
});

t.test('targets with the same labels are told apart by nobody', (t) => {
  const other = target({ params: new Map([['hostname', 'b']]) });
  const { plans, alike } = atOnce(planTargets([target({}), other], { intervalSeconds: 60 }));
  t.equal(plans.size, 1);
  t.strictSame(alike, [other]);
  t.end();
});

t.test('labels of series', (t) => {
  const rows: readonly (readonly [name: string, target: KnownTarget, wanted: Readonly<Record<string, string>>])[] = [
    ['those that all have', target({}), { instance: 'https://a.example', module: 'http_2xx' }],
    [
      'the group',
      target({ module: 'm' }, { team: 'web', empty: '', __meta_x: 'y' }),
      { instance: 'https://a.example', module: 'm', team: 'web' },
    ],
    ['instead of them', target({}, { instance: 'i', module: 'x' }), { instance: 'i', module: 'x' }],
    [
      'of buckets',
      target({}, { le: '1', quantile: '2' }),
      { exported_le: '1', exported_quantile: '2', instance: 'https://a.example', module: 'http_2xx' },
    ],
    [
      'names of object members',
      target({}, { constructor: 'c' }),
      { constructor: 'c', instance: 'https://a.example', module: 'http_2xx' },
    ],
  ];
  for (const [name, each, wanted] of rows)
    t.strictSame(
      seriesLabels(each).map(({ name: label, value }) => [label, value]),
      Object.entries(wanted),
      name,
    );
  const merged = withLabels(
    [{ name: 'phase', value: 'x' }],
    [
      { name: 'phase', value: 'tls' },
      { name: 'a', value: 'b' },
    ],
  );
  t.strictSame(
    merged.map(({ name, value }) => `${name}=${value}`),
    ['a=b', 'exported_phase=tls', 'phase=x'],
  );
  t.end();
});

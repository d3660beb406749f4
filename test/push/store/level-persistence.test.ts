import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Label, MetricFamily, Sample } from '../../../src/metrics/metric-family.js';
import type { GroupChange, GroupFacts, GroupingKey, PushedGroup } from '../../../src/push/pushed-group.js';
import { readFamilyRecord, writeFamilyRecord } from '../../../src/push/store/family-record.js';
import { LevelPersistence } from '../../../src/push/store/level-persistence.js';
import type { StoreNotice } from '../../../src/push/store/open-store.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { until } from '../../helpers/until.js';

const keyOf = (...labels: readonly (readonly [string, string])[]): GroupingKey => ({
  id: JSON.stringify(labels),
  labels: labels.map(([name, value]) => ({ name, value })),
});

const FACTS: GroupFacts = {
  createdAtSeconds: 1_767_000_000.000001,
  lastPushSeconds: 1_767_323_045.678123,
  lastFailureSeconds: 0,
};

const update = (
  key: GroupingKey,
  put: readonly MetricFamily[],
  more: Partial<GroupChange & { kind: 'update' }> = {},
): GroupChange => ({
  kind: 'update',
  key,
  facts: FACTS,
  remove: 'all',
  put: put.map((family) => ({ family, pushedAtSeconds: FACTS.lastPushSeconds })),
  ...more,
});

const gauge = (name: string, value = 1, labels: readonly Label[] = []): MetricFamily => ({
  name,
  type: 'gauge',
  samples: [{ kind: 'value', labels, value }],
});

function make(t: Test, file: string, { intervalSeconds = 0, repair = false } = {}) {
  const clock = new ManualClock();
  const notices: StoreNotice[] = [];
  const notify = (notice: StoreNotice): number => notices.push(notice);
  const persistence = new LevelPersistence({ file, intervalSeconds, repair, clock, notify });
  t.teardown(() => persistence.close());
  return { persistence, clock, notices };
}

async function loadAll(t: Test, file: string): Promise<readonly PushedGroup[]> {
  const { persistence } = make(t, file);
  const groups = await persistence.load();
  await persistence.close();
  return groups;
}

const fileOf = (t: Test): string => join(t.testdir(), 'metrics');

t.test('nothing of a family gets lost', async (t) => {
  const labels = [
    { name: 'instance', value: '' },
    { name: 'job', value: 'a\n"b"\\ ü \u{1f600}' },
    { name: 'odd.name', value: '\udc80 is a byte that is no UTF-8' },
  ];
  const instant = { seconds: 1_767_000_000, nanos: 123_456_789 };
  const exemplar = { labels: [{ name: 'trace', value: 'x' }], value: -0, timestamp: instant };
  const values = [0, -0, 1.5, NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 2 ** 63, 0.1 + 0.2];
  const families: readonly MetricFamily[] = [
    {
      name: 'gauge',
      help: '',
      type: 'gauge',
      unit: 'bytes',
      samples: values.map((value): Sample => ({ kind: 'value', labels, value })),
    },
    { name: 'none', type: 'untyped', samples: [] },
    { name: 'bare', type: 'untyped', samples: [{ kind: 'value', labels: [], value: 7 }] },
    {
      name: 'counter',
      help: 'a\\b\nc',
      type: 'counter',
      samples: [{ kind: 'value', labels, value: 7, exemplar, created: instant }],
    },
    { name: 'timed', type: 'gauge', samples: [{ kind: 'value', labels, value: 7, timestampMs: -5 }] },
    {
      name: 'summary',
      type: 'summary',
      samples: [
        { kind: 'summary', labels, quantiles: [{ quantile: 0.5, value: NaN }], sum: -0, count: 4, created: instant },
      ],
    },
    {
      name: 'histogram',
      type: 'histogram',
      samples: [
        {
          kind: 'histogram',
          labels,
          buckets: [
            { upperBound: 0.1, cumulativeCount: 1, exemplar },
            { upperBound: Infinity, cumulativeCount: 2.5 },
          ],
          sum: Infinity,
          count: 2.5,
          floatCounts: true,
        },
      ],
    },
    {
      name: 'native',
      type: 'gauge_histogram',
      samples: [
        {
          kind: 'histogram',
          labels,
          buckets: [],
          sum: 1,
          count: 9,
          created: instant,
          native: {
            schema: -4,
            zeroThreshold: 1e-128,
            zeroCount: 1,
            negative: { spans: [], counts: [] },
            positive: {
              spans: [
                { offset: -3, length: 2 },
                { offset: 1, length: 1 },
              ],
              counts: [1, 2, 5],
            },
            exemplars: [exemplar],
          },
        },
      ],
    },
  ];
  const file = fileOf(t);
  const key = keyOf(['instance', ''], ['job', 'a\n"b"\\ ü']);
  const facts = { ...FACTS, lastFailureSeconds: 12.5, expiresAtSeconds: 1_767_323_999.25 };
  const { persistence } = make(t, file);
  t.same(await persistence.load(), []);
  await persistence.save([update(key, families, { facts })]);
  await persistence.close();
  const [group] = await loadAll(t, file);
  t.strictSame(group?.key, key);
  t.strictSame({ ...group, key: undefined, families: undefined }, { ...facts, key: undefined, families: undefined });
  t.strictSame(
    [...(group?.families.values() ?? [])].map(({ pushedAtSeconds }) => pushedAtSeconds)[0],
    FACTS.lastPushSeconds,
  );
  for (const family of families) {
    t.strictSame(group?.families.get(family.name)?.family, family, family.name);
  }
  const samples = group?.families.get('gauge')?.family.samples ?? [];
  t.ok(
    [...samples].some((sample) => sample.kind === 'value' && Object.is(sample.value, -0)),
    'minus zero stays so',
  );
});

t.test('changes end in the same state as in memory', async (t) => {
  const file = fileOf(t);
  const a = keyOf(['job', 'a']);
  const b = keyOf(['instance', 'x'], ['job', 'a']);
  const { persistence } = make(t, file);
  await persistence.load();
  await persistence.save([update(a, [gauge('one'), gauge('two')]), update(b, [gauge('one')])]);
  await Promise.all([
    persistence.save([update(a, [gauge('two', 2), gauge('three', 3)], { remove: ['one'] })]),
    persistence.save([{ kind: 'delete', key: b }]),
    persistence.save([update(b, [gauge('four', 4)])]),
    persistence.save([update(b, [], { facts: { ...FACTS, lastFailureSeconds: 9 }, remove: [] })]),
  ]);
  await persistence.close();
  const groups = await loadAll(t, file);
  const shown = groups.map(({ key, families, lastFailureSeconds }) => ({
    id: key.id,
    names: [...families.keys()].sort(),
    lastFailureSeconds,
  }));
  t.same(
    shown.sort((x, y) => (x.id < y.id ? -1 : 1)),
    [
      { id: b.id, names: ['four'], lastFailureSeconds: 9 },
      { id: a.id, names: ['three', 'two'], lastFailureSeconds: 0 },
    ],
  );
});

const acknowledged = (file: string): number => Number(readFileSync(join(`${file}.leveldb`, 'ACKNOWLEDGED'), 'utf8'));

t.test('with an interval, what was pushed is written at most that often, and at the end', async (t) => {
  const file = fileOf(t);
  const { persistence, clock } = make(t, file, { intervalSeconds: 300 });
  await persistence.load();
  const before = acknowledged(file);
  for (let index = 0; index < 10; index++) await persistence.save([update(keyOf(['job', `a${index}`]), [gauge('x')])]);
  clock.advance(299);
  t.equal(acknowledged(file), before, 'nothing is written yet');
  clock.advance(1);
  await until(() => acknowledged(file) === before + 1, 'all is written at once');
  clock.advance(1000);
  await persistence.save([update(keyOf(['job', 'b']), [gauge('x')])]);
  // The write before may still be on its way back, and is followed by the next one only when it has come.
  const writesAgain = (): boolean => {
    clock.advance(0);
    return acknowledged(file) === before + 2;
  };
  await until(writesAgain, 'the last write is long ago: it is written at once');
  await persistence.save([update(keyOf(['job', 'c']), [gauge('x')]), { kind: 'delete', key: keyOf(['job', 'b']) }]);
  clock.advance(10);
  t.equal(acknowledged(file), before + 2);
  await persistence.close();
  t.equal(acknowledged(file), before + 3, 'the rest is written at the end');
  const jobs = (await loadAll(t, file)).map(({ key }) => key.labels[0]?.value);
  t.same(jobs.sort(), [...Array.from({ length: 10 }, (_, index) => `a${index}`), 'c']);
});

t.test('what comes during the last write is written at the end, and no timer stays', async (t) => {
  const file = fileOf(t);
  const { persistence, clock } = make(t, file, { intervalSeconds: 300 });
  await persistence.load();
  await persistence.save([update(keyOf(['job', 'a']), [gauge('x')])]);
  clock.advance(300);
  await persistence.save([update(keyOf(['job', 'b']), [gauge('x')])]);
  await persistence.close();
  t.equal(clock.pending, 0);
  t.equal((await loadAll(t, file)).length, 2);
});

t.test('nothing is saved before the store was read, and it can be read later', async (t) => {
  const file = fileOf(t);
  const first = make(t, file).persistence;
  await first.load();
  await first.save([update(keyOf(['job', 'a']), [gauge('x')])]);
  const { persistence } = make(t, file);
  t.match(persistence.problem, /has not been read yet/);
  await t.rejects(persistence.save([]), /has not been read yet/);
  await t.rejects(persistence.load(), /in use by another process/);
  t.match(persistence.problem, /in use by another process/);
  await t.rejects(persistence.save([update(keyOf(['job', 'b']), [gauge('x')])]), /in use by another process/);
  await first.close();
  t.equal((await persistence.load()).length, 1);
  t.equal(persistence.problem, undefined);
});

t.test('a folder is no name for a store', async (t) => {
  const folder = t.testdir();
  const { persistence } = make(t, `${folder}/`);
  await t.rejects(
    persistence.load(),
    `--persistence.file="${folder}/" is a folder; name a file in it, such as ${folder}/metrics`,
  );
});

t.test('a file that stands where the store would be is left alone', async (t) => {
  const file = fileOf(t);
  writeFileSync(`${file}.leveldb`, 'mine');
  await t.rejects(make(t, file).persistence.load(), /cannot use the store/);
  t.equal(readFileSync(`${file}.leveldb`, 'utf8'), 'mine');
});

t.test('a store whose groups lost their facts to damage is read all the same when it is repaired', async (t) => {
  const file = fileOf(t);
  const { persistence } = make(t, file);
  await persistence.load();
  await persistence.save([update(keyOf(['job', 'a']), [gauge('x')])]);
  await persistence.close();
  const { openLevel } = await import('../../../src/push/store/open-level.js');
  const level = await openLevel(`${file}.leveldb`, { create: false });
  await level.put(`${keyOf(['job', 'a']).id}\0`, Buffer.from('garbage'));
  await level.close();
  await t.rejects(make(t, file).persistence.load(), /is damaged: 1 of its records have changed/);
  const [group] = await make(t, file, { repair: true }).persistence.load();
  t.strictSame(group?.lastPushSeconds, FACTS.lastPushSeconds);
  t.ok(group?.families.has('x'));
});

t.test('a family is in lines that are JSON together, and one without lines is read as well', async (t) => {
  const samples = Array.from({ length: 2000 }, (_none, index): Sample => {
    const labels = [{ name: 'l', value: `],[\n${index}` }];
    return { kind: 'value', labels, value: index === 7 ? NaN : index };
  });
  const buckets = Array.from({ length: 2000 }, (_none, upperBound) => ({ upperBound, cumulativeCount: 1 }));
  const families: readonly MetricFamily[] = [
    { name: 'many', help: 'a\nb', type: 'gauge', samples },
    { name: 'none', type: 'gauge', samples: [] },
    { name: 'long', type: 'histogram', samples: [{ kind: 'histogram', labels: [], buckets, sum: 1, count: 1 }] },
  ];
  for (const family of families) {
    const pushed = { family, pushedAtSeconds: 1.5 };
    const payload = atOnce(writeFamilyRecord(pushed));
    t.same(atOnce(readFamilyRecord(payload)), pushed, family.name);
    const inOneLine = Buffer.from(JSON.stringify(JSON.parse(payload.toString())));
    t.notOk(inOneLine.includes('\n'));
    t.same(atOnce(readFamilyRecord(inOneLine)), pushed, `${family.name}, in one line`);
  }
});

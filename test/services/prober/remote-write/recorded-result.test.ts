import t from 'tap';
import { gauge } from '../../../../src/metrics/metric-definition.js';
import type { MetricFamily } from '../../../../src/metrics/metric-family.js';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import {
  endOf,
  type RecordedResult,
  recordsOf,
  type RecordSteps,
} from '../../../../src/services/prober/remote-write/recorded-result.js';
import { PackedMetrics } from '../../../../src/services/prober/schedule/packed-metrics.js';
import { ScheduledTarget, type TargetPlan } from '../../../../src/services/prober/schedule/scheduled-target.js';
import { atOnce } from '../../../../src/values/in-slices.js';

const histogram = (name: string): MetricFamily => ({
  ...{ name, help: 'h', type: 'histogram' },
  samples: [
    { kind: 'histogram', labels: [], buckets: [{ upperBound: Infinity, cumulativeCount: 1 }], sum: 1, count: 1 },
  ],
});

const newTarget = (): ScheduledTarget =>
  new ScheduledTarget({ key: 'k', labels: [], timeoutSeconds: 1 } as unknown as TargetPlan);

function addResult({ results }: ScheduledTarget, set: MetricSet): void {
  const metrics = atOnce(PackedMetrics.pack(set, results.last));
  const outcome = { durationSeconds: 1 } as Parameters<typeof results.add>[0];
  results.add(outcome, { metrics, startedSeconds: 1 });
}

const recordsIn = (steps: RecordSteps): readonly RecordedResult[] =>
  [...steps].filter((record) => record !== undefined);

t.test('whole families of a probe that go are marked as stale', async (t) => {
  const target = newTarget();
  const probe = (families: readonly MetricFamily[]) => {
    const metrics = new MetricSet();
    for (const family of families) metrics.add(family);
    const before = target.results.last;
    addResult(target, metrics);
    const [record] = recordsIn(recordsOf(target, before, { ms: 1, form: 'classic' }));
    return record?.series.filter(({ v }) => v === 'stale');
  };
  t.strictSame(probe([histogram('a'), histogram('b')]), []);
  t.strictSame(probe([histogram('b')]), [
    { n: 'a_sum', v: 'stale' },
    { n: 'a_count', v: 'stale' },
    { n: 'a_bucket', l: ['le', '+Inf'], v: 'stale' },
  ]);
  t.strictSame(probe([histogram('b')]), []);
});

const answered = gauge('answered', 'h', ['row', 'text']);

function wideSet(count: number, text: string): MetricSet {
  const metrics = new MetricSet();
  for (let at = 0; at < count; at++) metrics.setWith(answered, { row: `${at}`, text }, at);
  return metrics;
}

const WIDE = [
  { name: 'many series', count: 2500, text: '', most: 1000 },
  { name: 'long labels', count: 40, text: 'x'.repeat(10_000), most: 7 },
];

t.test('a result with many series is made in turns, and becomes several records of one time', async (t) => {
  for (const { name, count, text, most } of WIDE) {
    const target = newTarget();
    addResult(target, wideSet(count, text));
    const form = { ms: 5, form: 'classic' } as const;
    const metrics: string[] = [];
    const steps = recordsOf(target, undefined, { ...form, onMetric: (head) => metrics.push(head.name) });
    addResult(target, new MetricSet());
    const records = recordsIn(steps);
    const rows = records.flatMap(({ series }) => series.filter(({ n }) => n === 'answered'));
    t.same([...new Set(rows.map(({ l }) => l?.[1]))].length, count, `${name}: as it was when it was asked for`);
    t.same([...new Set(records.map(({ key, ms }) => `${key} ${ms}`))], ['k 5'], name);
    const lengths = records.map(({ series }) => series.filter(({ n }) => n === 'answered').length);
    t.ok(Math.max(...lengths) <= most, `${name}: none is long`);
    t.equal(metrics.length, count, `${name}: what they are of is told`);
    addResult(target, wideSet(count, text));
    const ends = endOf(target, form);
    target.forget();
    const stale = recordsIn(ends).flatMap(({ series }) =>
      series.filter(({ n, v }) => n === 'answered' && v === 'stale'),
    );
    t.equal(stale.length, count, `${name}: all of it ends`);
  }
  const target = newTarget();
  addResult(target, wideSet(2500, ''));
  t.ok([...recordsOf(target, undefined, { ms: 5, form: 'classic' })].filter((each) => each === undefined).length > 9);
});

t.test('metrics are packed in turns, and equal lists are shared', async (t) => {
  const steps = PackedMetrics.pack(wideSet(3000, 'x'));
  let pauses = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) pauses++;
  t.ok(pauses > 30, `${pauses} pauses`);
  const again = atOnce(PackedMetrics.pack(wideSet(3000, 'x'), step.value));
  t.ok(again.hasSeriesOf(step.value));
  const other = atOnce(PackedMetrics.pack(wideSet(2999, 'x'), step.value));
  t.notOk(other.hasSeriesOf(step.value));
  t.same(other.labelValues[0], ['0', 'x']);
});

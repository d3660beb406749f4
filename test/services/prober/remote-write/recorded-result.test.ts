import t from 'tap';
import type { MetricFamily } from '../../../../src/metrics/metric-family.js';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import { recordOf } from '../../../../src/services/prober/remote-write/recorded-result.js';
import { ScheduledTarget, type TargetPlan } from '../../../../src/services/prober/schedule/scheduled-target.js';

const histogram = (name: string): MetricFamily => ({
  ...{ name, help: 'h', type: 'histogram' },
  samples: [
    { kind: 'histogram', labels: [], buckets: [{ upperBound: Infinity, cumulativeCount: 1 }], sum: 1, count: 1 },
  ],
});

t.test('whole families of a probe that go are marked as stale', async (t) => {
  const target = new ScheduledTarget({ key: 'k', labels: [], timeoutSeconds: 1 } as unknown as TargetPlan);
  const probe = (families: readonly MetricFamily[]) => {
    const metrics = new MetricSet();
    for (const family of families) metrics.add(family);
    const before = target.results.last;
    target.results.add({ metrics, durationSeconds: 1 } as Parameters<typeof target.results.add>[0], 1);
    return recordOf(target, before, { ms: 1, form: 'classic' }).series.filter(({ v }) => v === 'stale');
  };
  t.strictSame(probe([histogram('a'), histogram('b')]), []);
  t.strictSame(probe([histogram('b')]), [
    { n: 'a_sum', v: 'stale' },
    { n: 'a_count', v: 'stale' },
    { n: 'a_bucket', l: ['le', '+Inf'], v: 'stale' },
  ]);
  t.strictSame(probe([histogram('b')]), []);
});

import t from 'tap';
import { gauge } from '../../src/metrics/metric-definition.js';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { writeFamilies } from '../../src/metrics/write-text.js';
import { mergeCollected, mergeSteps } from '../../src/node/merge-collected.js';
import { CollectedMetrics } from '../../src/node/metric-sink.js';

const first = gauge('node_cpu_frequency_hertz', 'One.', ['package', 'core', 'cpu']);
const second = gauge('node_cpu_frequency_hertz', 'One.', ['cpu']);
const other = gauge('node_cpu_frequency_hertz', 'Another help.', ['cpu']);

function collected(fill: (metrics: CollectedMetrics) => void): CollectedMetrics {
  const metrics = new CollectedMetrics();
  fill(metrics);
  return metrics;
}

t.test('of what is given twice the first stays, and the rest is told', async (t) => {
  const { families, problems } = mergeCollected([
    collected((metrics) => {
      metrics.setWith(second, { cpu: '1' }, 10);
      metrics.setWith(second, { cpu: '0' }, 11);
      metrics.setWith(second, { cpu: '1' }, 12);
    }),
    collected((metrics) => {
      metrics.setWith(second, { cpu: '0' }, 13);
    }),
  ]);
  t.match(writeFamilies(families), /hertz\{cpu="0"\} 11\n.*hertz\{cpu="1"\} 10\n$/);
  t.same(
    problems,
    ['0', '1'].map(
      (cpu) =>
        `collected metric "node_cpu_frequency_hertz" {cpu:"${cpu}"} was collected before with the same name and label values`,
    ),
  );
});

t.test('of one family that is given twice, as the same object, one stays', async (t) => {
  const family: MetricFamily = { name: 'a', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 1 }] };
  const once = collected((metrics) => {
    metrics.add(family);
  });
  const { families, problems } = mergeCollected([once, once]);
  t.equal(writeFamilies(families), '# TYPE a gauge\na 1\n');
  t.equal(problems.length, 1);
});

t.test('the same values under other names are another series', async (t) => {
  const { families, problems } = mergeCollected([
    collected((metrics) => {
      for (const name of ['a', 'b', 'a'])
        metrics.add({
          name: 'x',
          type: 'gauge',
          samples: [{ kind: 'value', labels: [{ name, value: '1' }], value: 2 }],
        });
    }),
  ]);
  t.equal(writeFamilies(families), '# TYPE x gauge\nx{a="1"} 2\nx{b="1"} 2\n');
  t.match(problems, [/"x" \{a:"1"\} was collected before/]);
});

t.test('definitions with other labels make one family, fewer labels first', async (t) => {
  const { families, problems } = mergeCollected([
    collected((metrics) => {
      metrics.setWith(first, { package: '0', core: '0', cpu: '0' }, 1);
      metrics.setWith(second, { cpu: '0' }, 2);
    }),
  ]);
  t.same(problems, []);
  t.match(writeFamilies(families), /hertz\{cpu="0"\} 2\n.*hertz\{core="0",cpu="0",package="0"\} 1\n$/);
});

t.test('a family of another help or type is left out', async (t) => {
  const { families, problems } = mergeCollected([
    collected((metrics) => {
      metrics.setWith(second, { cpu: '0' }, 1);
      metrics.setWith(other, { cpu: '1' }, 1);
      metrics.add({ name: 'node_cpu_frequency_hertz', type: 'counter', samples: [] });
    }),
  ]);
  t.equal(families[0]?.samples.length, 1);
  t.same(problems, [
    'collected metric node_cpu_frequency_hertz has help "Another help." but should have "One."',
    'collected metric node_cpu_frequency_hertz has type counter but was collected before as gauge',
  ]);
});

t.test('what is given after the end is dropped', async (t) => {
  const metrics = collected((metrics) => {
    metrics.close();
    metrics.setWith(second, { cpu: '0' }, 1);
    metrics.add({ name: 'a', type: 'gauge', samples: [] });
  });
  t.same(mergeCollected([metrics]).families, []);
});

t.test('series of the names that another collector’s histogram has are left out', async (t) => {
  const named = gauge('h_count', 'Count.');
  const { families, problems } = mergeCollected([
    collected((metrics) => {
      metrics.set(named, 1);
    }),
    collected((metrics) => {
      const sample = { kind: 'histogram', labels: [], count: 1, sum: 2, buckets: [] } as const;
      metrics.add({ name: 'h', type: 'histogram', samples: [sample] });
    }),
  ]);
  t.same(
    families.map(({ name }) => name),
    ['h_count'],
  );
  t.same(problems, [
    'collected histogram or summary named "h" collides with previously collected metric named "h_count"',
  ]);
});

t.test('very many series are merged in steps', (t) => {
  const metrics = new CollectedMetrics();
  const count = 20_000;
  const samples = Array.from({ length: count }, (_, index) => ({
    kind: 'value' as const,
    labels: [
      { name: 'a', value: String((index * 7919) % count) },
      { name: 'b', value: 'x'.repeat(20) },
    ],
    value: index,
  }));
  metrics.add({ name: 'many', type: 'gauge', help: 'Many', samples });
  const steps = mergeSteps([metrics]);
  let pauses = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) pauses += 1;
  t.ok(pauses > count / 256, `${pauses} pauses`);
  t.equal(step.value.families[0]?.samples.length, count);
  const values = step.value.families[0]?.samples.map(({ labels }) => labels[0]?.value ?? '') ?? [];
  t.strictSame(values, [...values].sort());
  t.end();
});

t.test('wide series are merged in steps by their labels', (t) => {
  const metrics = new CollectedMetrics();
  const labels = Array.from({ length: 100 }, (_, at) => ({ name: `l${at}`, value: 'x' }));
  const samples = Array.from({ length: 1000 }, (_, index) => ({
    kind: 'value' as const,
    labels: [{ name: 'a', value: String(index) }, ...labels],
    value: index,
  }));
  metrics.add({ name: 'wide', type: 'gauge', help: 'Wide', samples });
  const pauses = [...mergeSteps([metrics])].length;
  t.ok(pauses > 150, `${pauses} pauses`);
  t.end();
});

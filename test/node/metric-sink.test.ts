import t from 'tap';
import { gauge } from '../../src/metrics/metric-definition.js';
import { CollectedMetrics } from '../../src/node/metric-sink.js';

t.test('what a collector gives after the scrape has gone on is dropped, in whatever way it gives it', (t) => {
  const plain = gauge('plain', 'Test.');
  const labelled = gauge('labelled', 'Test.', ['from']);
  const metrics = new CollectedMetrics();
  const giveAll = (value: number): void => {
    metrics.set(plain, value);
    metrics.setWith(labelled, { from: 'x' }, value);
    metrics.add({ name: 'family', type: 'gauge', samples: [{ kind: 'value', labels: [], value }] });
  };
  giveAll(1);
  metrics.close();
  giveAll(2);
  t.same([...metrics.series.values()].flat(), [
    { kind: 'value', labels: [], value: 1 },
    { kind: 'value', labels: [{ name: 'from', value: 'x' }], value: 1 },
  ]);
  t.same(metrics.families, [{ name: 'family', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 1 }] }]);
  t.end();
});

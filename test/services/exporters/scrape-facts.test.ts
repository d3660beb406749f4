import t from 'tap';
import { gauge } from '../../../src/metrics/metric-definition.js';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { PostgresFacts } from '../../../src/services/exporters/postgres/postgres-facts.js';
import { RedisFacts } from '../../../src/services/exporters/redis/redis-facts.js';
import { systemClock } from '../../../src/values/clock.js';

const OF_TABLES = gauge('pg_rows', 'Rows of a table', ['table']);
const REFUSED = gauge('probe_postgres_refused_queries', 'Refused queries', ['database']);
const PHASES = gauge('probe_redis_duration_seconds', 'Duration of each phase', ['phase']);

/** A set that throws if somebody has an object made of each series: a server may choose 200,000. */
function setOf(fill: (metrics: MetricSet) => void): MetricSet {
  const metrics = new MetricSet();
  for (let table = 0; table < 5000; table++) metrics.setValues(OF_TABLES, [`t${table}`], table);
  fill(metrics);
  Object.defineProperty(metrics.rows, Symbol.iterator, {
    value: () => {
      throw new Error('each series becomes an object');
    },
  });
  return metrics;
}

function valueOf(families: readonly MetricFamily[], name: string): number | undefined {
  const [sample] = families.find((family) => family.name === name)?.samples ?? [];
  return sample?.kind === 'value' ? sample.value : undefined;
}

for (const { refused, expected } of [
  { refused: 0, expected: 0 },
  { refused: 2, expected: 1 },
]) {
  t.test(`facts of a long scrape of PostgreSQL with ${refused} refused queries`, async (t) => {
    const metrics = setOf((set) => {
      set.setValues(REFUSED, ['a'], 0);
      set.setValues(REFUSED, ['b'], refused);
    });
    const facts = new PostgresFacts();
    facts.ended([{ metrics, log: [], durationSeconds: 1 }]);
    t.equal(valueOf(facts.families(), 'pg_exporter_last_scrape_error'), expected);
  });
}

t.test('facts of a long scrape of Redis', async (t) => {
  const metrics = setOf((set) => {
    for (const [index, phase] of ['resolve', 'connect', 'tls', 'request'].entries()) {
      set.setValues(PHASES, [phase], 2 ** index);
    }
  });
  const facts = new RedisFacts(systemClock);
  facts.ended([{ metrics, log: [], durationSeconds: 20 }]);
  t.equal(valueOf(facts.families(), 'redis_exporter_last_scrape_connect_time_seconds'), 7);
});

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import t from 'tap';
import { setWrittenFor } from '../../src/http/answers/send-metrics.js';
import { writeExposition } from '../../src/http/answers/write-exposition.js';
import { gauge } from '../../src/metrics/metric-definition.js';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { metricSetText } from '../../src/metrics/metric-set-text.js';
import { writeMetricSet } from '../../src/metrics/write-text.js';
import { atOnce } from '../../src/values/in-slices.js';

const ROWS = 6000;

/** What a server with many tables makes of a probe, in an order of its own. */
function longSet(): MetricSet {
  const set = new MetricSet();
  const metrics = ['b', 'a', 'c'].map((name) => gauge(`db_${name}`, `Help of ${name}.`, ['table', 'schema']));
  for (let row = 0; row < ROWS; row++) {
    const labels = { table: `t${(row * 7919) % ROWS}`, schema: row % 2 === 0 ? 'x"y' : 'z' };
    set.setWith(metrics[row % metrics.length]!, labels, row / 3);
  }
  set.set(gauge('alone', 'No labels.'), 1);
  set.add({ name: 'db_aa', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 2 }] });
  return set;
}

/** Runs steps to their end, and counts where others may have their turn. */
function counted<T>(steps: Generator<unknown, T>): { readonly value: T; readonly pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const step = steps.next();
    if (step.done === true) return { value: step.value, pauses };
  }
}

t.test('a long set is sorted, grouped and written in steps, as it is in one go', async (t) => {
  const families = counted(longSet().familiesInSteps());
  t.same(families.value, longSet().families());
  t.ok(families.pauses > (2 * ROWS) / 64, `${families.pauses} pauses until there are families`);
  const text = counted(metricSetText(longSet()));
  t.equal(text.value, writeMetricSet(longSet()));
  const pauses = text.pauses - families.pauses;
  t.ok(pauses > ROWS / 64 - 1, `${pauses} pauses while they are written`);
});

t.test('the text may end early', async (t) => {
  const text = atOnce(metricSetText(longSet(), 1000));
  t.ok(text.length >= 1000 && text.length < 1200, `${text.length} characters`);
  t.ok(writeMetricSet(longSet()).startsWith(text));
});

for (const accept of [
  'text/plain',
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
]) {
  t.test(`the answer to ${accept} is the same, written in turns`, async (t) => {
    const set = longSet();
    const request = new IncomingMessage(new Socket());
    request.headers.accept = accept;
    const made = setWrittenFor(request, set);
    t.ok(made instanceof Promise, 'in turns');
    const { format, body } = await made;
    t.equal(
      Buffer.from(body).toString('latin1'),
      Buffer.from(writeExposition(set.families(), format)).toString('latin1'),
    );
  });
}

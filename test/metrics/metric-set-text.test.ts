import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import t from 'tap';
import { longSetPieces, writtenWithin } from '../../src/http/answers/long-answer.js';
import { isLong, wantedFormat } from '../../src/http/answers/send-metrics.js';
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
  const read = families.value.map((family) => ({ ...family, samples: [...family.samples] }));
  t.same(read, longSet().families());
  t.same(
    families.value.map(({ samples }) => samples.length),
    read.map(({ samples }) => samples.length),
  );
  const [before, after] = [families.value[1], families.value[1]].map((family) => [...(family?.samples ?? [])][0]);
  t.not(before, after, 'series are objects only while somebody reads them');
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

const ACCEPTED = [
  'text/plain',
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
];

function requestFor(accept: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headers.accept = accept;
  return request;
}

for (const accept of ACCEPTED) {
  t.test(`the answer to ${accept} is the same, written in turns`, async (t) => {
    const set = longSet();
    t.ok(isLong(set));
    const format = wantedFormat(requestFor(accept));
    const pieces = [...longSetPieces(set, format)];
    t.ok(pieces.filter((piece) => piece.length === 0).length > ROWS / 128, 'with pauses');
    t.equal(
      Buffer.concat(pieces).toString('latin1'),
      Buffer.from(writeExposition(set.families(), format)).toString('latin1'),
    );
  });
}

t.test('a long set whose name occurs twice is merged', async (t) => {
  const set = longSet();
  set.add({ name: 'db_a', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 2 }] });
  const format = wantedFormat(requestFor('text/plain'));
  const text = Buffer.concat([...longSetPieces(set, format)]).toString();
  t.equal(text, writeExposition(set.families(), format));
});

/** Written within its time, or not: the clock of the test is asked after each turn. */
t.test('pieces are written as long as it is not late, and they are not too large', async (t) => {
  const format = wantedFormat(requestFor('text/plain'));
  const pieces = function* (count: number, bytes: number): Generator<Buffer> {
    for (let at = 0; at < count; at++) yield Buffer.alloc(bytes, 'x');
  };
  const written = await writtenWithin(format, pieces(3, 2), () => false);
  const piece = Buffer.from('xx');
  t.same(written, { format, body: { pieces: [piece, piece, piece], length: 6 } }, 'which nobody puts together');
  t.equal(await writtenWithin(format, pieces(3, 2), () => true), 'late');
  t.equal(await writtenWithin(format, pieces(65, 1024 * 1024), () => false), 'too large');
  const endless = (function* (): Generator<Buffer> {
    for (;;) yield Buffer.alloc(0);
  })();
  let asked = 0;
  t.equal(await writtenWithin(format, endless, () => ++asked > 3), 'late', 'after some turns');
});

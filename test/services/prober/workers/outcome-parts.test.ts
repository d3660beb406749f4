import t from 'tap';
import { gauge } from '../../../../src/metrics/metric-definition.js';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../../src/metrics/write-text.js';
import { HeapRoom } from '../../../../src/probe/heap-room.js';
import { type ProbeOutcome, probeSuccess } from '../../../../src/probe/run-probe.js';
import { shortenedOutcome } from '../../../../src/probe/shortened-outcome.js';
import { PackedMetrics } from '../../../../src/services/prober/schedule/packed-metrics.js';
import { OutcomeParts } from '../../../../src/services/prober/workers/outcome-parts.js';
import { OutcomePacker } from '../../../../src/services/prober/workers/packed-outcome.js';
import type { PackedSeries } from '../../../../src/services/prober/workers/worker-messages.js';
import { atOnce } from '../../../../src/values/in-slices.js';

const metric = gauge('m', '', ['a']);

function outcomeOf(series: number): ProbeOutcome {
  const metrics = new MetricSet();
  for (let index = 0; index < series; index++) metrics.setWith(metric, { a: `${index}` }, index);
  metrics.set(probeSuccess, 1);
  return { metrics, log: [], durationSeconds: 1 };
}

/** Sends outcomes from a worker to the first process, as messages of plain data. */
function sent(
  outcomes: readonly ProbeOutcome[],
  onMessage: (message: PackedSeries) => void = () => undefined,
  room?: HeapRoom,
): readonly ProbeOutcome[] {
  const packer = new OutcomePacker();
  const parts = new OutcomeParts(room);
  return outcomes.map((outcome, id) => {
    const messages = packer.pack(outcome);
    for (;;) {
      const { done, value } = messages.next();
      onMessage(value);
      if (done === true) return parts.end(id, structuredClone(value));
      parts.add(id, structuredClone(value));
    }
  });
}

t.test('an outcome in parts is the same', (t) => {
  const outcomes = [outcomeOf(0), outcomeOf(3500), outcomeOf(999), outcomeOf(1000)];
  for (const [index, { metrics }] of sent(outcomes).entries()) {
    t.equal(writeMetricSet(metrics), writeMetricSet(outcomes[index]?.metrics ?? new MetricSet()));
  }
  t.end();
});

t.test('a success that becomes a failure when it is written says one of both', (t) => {
  for (const outcome of sent([outcomeOf(3500), outcomeOf(10)])) {
    const why = { reason: 'response_timeout', err: 'late', seconds: 1, wallSeconds: 1 } as const;
    const { metrics } = atOnce(shortenedOutcome(outcome, why));
    t.same(writeMetricSet(metrics).match(/^probe_success .*$/gm), ['probe_success 0']);
  }
  t.end();
});

/** An outcome with definitions of its own, as a filled module makes them. */
function definedAnew(names: readonly string[]): ProbeOutcome {
  const metrics = new MetricSet();
  for (const name of names) metrics.setWith(gauge(name, 'help', ['a']), { a: 'x' }, 1);
  return { metrics, log: [], durationSeconds: 1 };
}

t.test('equal definitions are sent once, whichever probe has made them', (t) => {
  let definitions = 0;
  const outcomes = Array.from({ length: 50 }, () => definedAnew(['b', 'c']));
  for (const { metrics } of sent(outcomes, (message) => (definitions += message.definitions.length))) {
    t.equal(writeMetricSet(metrics), writeMetricSet(definedAnew(['b', 'c']).metrics));
  }
  t.equal(definitions, 2);
  t.end();
});

t.test('a server that has new names for each probe fills no memory', (t) => {
  const outcomes = Array.from({ length: 30 }, (_, probe) =>
    definedAnew(['same', ...Array.from({ length: 1500 }, (_, at) => `n_${probe}_${at}`)]),
  );
  let [kept, most] = [0, 0];
  const read = sent(outcomes, ({ startsAnew, definitions }) => {
    kept = (startsAnew === true ? 0 : kept) + definitions.length;
    most = Math.max(most, kept);
  });
  t.ok(most <= 11_000, `${most} at once`);
  for (const [index, { metrics }] of read.entries()) {
    t.equal(writeMetricSet(metrics), writeMetricSet(outcomes[index]?.metrics ?? new MetricSet()));
  }
  t.end();
});

t.test('a definition with a long text arrives, too', (t) => {
  const name = `n_${'x'.repeat(20_000)}`;
  const [outcome] = sent([definedAnew([name])]);
  t.equal(writeMetricSet(outcome?.metrics ?? new MetricSet()), writeMetricSet(definedAnew([name]).metrics));
  t.end();
});

t.test('results of two workers share their lists', (t) => {
  const packed = [sent([outcomeOf(2)]), sent([outcomeOf(2)])].flat().map(({ metrics }) => metrics);
  const [one, other] = packed.map((metrics) => atOnce(PackedMetrics.pack(metrics)));
  t.equal(one?.metrics, other?.metrics);
  t.end();
});

t.test('what the heap of the first process has no room for is a failure, and what comes later is whole', (t) => {
  const room = new HeapRoom(() => ({ used: 99, limit: 100 }));
  const outcomes = [outcomeOf(20_000), outcomeOf(900)];
  const [large, small] = sent(outcomes, undefined, room);
  t.equal(large?.failure?.reason, 'overloaded');
  t.ok((large?.metrics.rows.length ?? Infinity) < 2000, 'its series are dropped');
  t.match(writeMetricSet(large?.metrics ?? new MetricSet()), /^probe_success 0$/m);
  t.equal(writeMetricSet(small?.metrics ?? new MetricSet()), writeMetricSet(outcomes[1]?.metrics ?? new MetricSet()));
  t.end();
});

import t from 'tap';
import { gauge } from '../../../../src/metrics/metric-definition.js';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../../src/metrics/write-text.js';
import { type ProbeOutcome, probeSuccess } from '../../../../src/probe/run-probe.js';
import { shortenedOutcome } from '../../../../src/probe/shortened-outcome.js';
import { OutcomeParts } from '../../../../src/services/prober/workers/outcome-parts.js';
import { OutcomePacker } from '../../../../src/services/prober/workers/packed-outcome.js';
import { atOnce } from '../../../../src/values/in-slices.js';

const metric = gauge('m', '', ['a']);

function outcomeOf(series: number): ProbeOutcome {
  const metrics = new MetricSet();
  for (let index = 0; index < series; index++) metrics.setWith(metric, { a: `${index}` }, index);
  metrics.set(probeSuccess, 1);
  return { metrics, log: [], durationSeconds: 1 };
}

/** Sends outcomes from a worker to the first process, as messages of plain data. */
function sent(outcomes: readonly ProbeOutcome[]): readonly ProbeOutcome[] {
  const packer = new OutcomePacker();
  const parts = new OutcomeParts();
  return outcomes.map((outcome, id) => {
    const messages = packer.pack(outcome);
    for (;;) {
      const { done, value } = messages.next();
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

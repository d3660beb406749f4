import t from 'tap';
import { negotiateFormat } from '../../../../src/http/answers/negotiate-format.js';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import { probeSuccess } from '../../../../src/probe/run-probe.js';
import { PackedMetrics } from '../../../../src/services/prober/schedule/packed-metrics.js';
import { resultPieces } from '../../../../src/services/prober/schedule/results-exposition.js';
import { ScheduledTarget } from '../../../../src/services/prober/schedule/scheduled-target.js';
import { atOnce } from '../../../../src/values/in-slices.js';

function scheduled(name: string): ScheduledTarget {
  const target = { target: name, module: 'm', params: new Map(), labels: new Map(), schedule: undefined };
  const beat = { intervalSeconds: 60, offsetSeconds: 0 };
  const labels = [{ name: 'instance', value: name }];
  return new ScheduledTarget({ key: name, target, labels, beat, timeoutSeconds: 54 });
}

function addResult({ results }: ScheduledTarget, isSuccess: boolean, startedSeconds: number): void {
  const set = new MetricSet();
  set.set(probeSuccess, isSuccess ? 1 : 0);
  const failure = isSuccess ? {} : { failure: new ProbeFailure('connect', 'connection_refused', 'no') };
  const metrics = atOnce(PackedMetrics.pack(set));
  results.add({ metrics: set, log: [], durationSeconds: 1, ...failure }, { metrics, startedSeconds });
}

t.test('counts of one answer agree, although probes end while it is written', (t) => {
  const targets = Array.from({ length: 40 }, (_, at) => scheduled(`t${at}`));
  for (const target of targets) for (const isSuccess of [true, false]) addResult(target, isSuccess, 1);
  let text = '';
  let pieces = 0;
  for (const piece of resultPieces(targets, { format: negotiateFormat(''), histograms: 'classic' })) {
    text += piece.toString();
    // The targets are gone through in steps at first.
    if (++pieces > 2) for (const target of targets) addResult(target, pieces % 2 === 0, pieces);
  }
  t.ok(pieces > 3, 'there are pauses');
  const lines = new Set(text.split('\n'));
  for (const { plan } of targets) {
    const instance = `instance="${plan.target.target}"`;
    for (const line of [
      `probe_attempts_total{${instance}} 2`,
      `probe_failures_total{${instance},reason="connection_refused"} 1`,
      `probe_successes_total{${instance}} 1`,
      `probe_started_timestamp_seconds{${instance}} 1`,
      `probe_success{${instance}} 0`,
    ])
      t.ok(lines.has(line), line);
  }
  t.end();
});

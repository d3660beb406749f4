import { counter, gauge, type MetricDefinition } from '../../../metrics/metric-definition.js';
import type { Label, MetricFamily, Sample } from '../../../metrics/metric-family.js';
import type { BucketForm } from './duration-counts.js';
import { withLabels } from './series-labels.js';
import type { ResultCounts } from './target-results.js';

/** A family that the schedule adds to the metrics of each probe, and its series of one target. */
export interface ResultFamily {
  readonly head: Omit<MetricFamily, 'samples'>;
  readonly samples: (results: ResultCounts, labels: readonly Label[], form: BucketForm | 'none') => readonly Sample[];
}

const attempts = counter('probe_attempts_total', 'Probes of the schedule that have ended.');
const successes = counter('probe_successes_total', 'Probes of the schedule that succeeded.');
const failures = counter('probe_failures_total', 'Probes of the schedule that failed, by reason.', ['reason']);
const started = gauge(
  'probe_started_timestamp_seconds',
  'When the last probe of the schedule began, in seconds since the Unix epoch.',
);

const DURATION_HEAD = {
  name: 'probe_duration_seconds_hist',
  help: 'How long the probes of the schedule took.',
  type: 'histogram',
} as const;

const PHASE_HEAD = {
  name: 'probe_phase_duration_seconds_hist',
  help: 'How long the phases of the probes of the schedule took, over all hops of a probe.',
  type: 'histogram',
} as const;

/** All families that the schedule adds, by name. */
export const RESULT_FAMILIES: readonly ResultFamily[] = [
  { head: headOf(attempts), samples: (results, labels) => [valueOf(labels, results.attempts)] },
  {
    head: DURATION_HEAD,
    samples: (results, labels, form) => (form === 'none' ? [] : [results.durations.sample(labels, form)]),
  },
  {
    head: headOf(failures),
    samples: (results, labels) =>
      [...results.failures].map(([reason, count]) => valueOf(withOwn(labels, 'reason', reason), count)),
  },
  {
    head: PHASE_HEAD,
    samples: (results, labels, form) =>
      form === 'none'
        ? []
        : [...results.phases].map(([phase, counts]) => counts.sample(withOwn(labels, 'phase', phase), form)),
  },
  { head: headOf(started), samples: (results, labels) => [valueOf(labels, results.startedSeconds)] },
  { head: headOf(successes), samples: (results, labels) => [valueOf(labels, results.successes)] },
];

function headOf({ name, help, type }: MetricDefinition): ResultFamily['head'] {
  return { name, help, type };
}

function valueOf(labels: readonly Label[], value: number): Sample {
  return { kind: 'value', labels, value };
}

function withOwn(labels: readonly Label[], name: string, value: string): readonly Label[] {
  return withLabels(labels, [{ name, value }]);
}

// All targets at once: how many fail and why, which are slow, and which come and go.
import { dashboard } from './frame.mjs';
import { barGauge, stat, stateTimeline, steps, timeseries } from './panels.mjs';
import {
  AVAILABILITY,
  EXPIRY,
  FAILED_IF_ANY,
  probeVariables,
  REASONS,
  select,
  TARGET,
  toTarget,
  UP_OR_DOWN,
} from './probes.mjs';
import { table } from './table.mjs';

const now = [
  stat({
    title: 'Targets',
    description: 'Targets that are probed; one that several modules probe counts for each.',
    unit: 'none',
    queries: [[`count(${select('probe_success')})`]],
  }),
  stat({
    title: 'Failing',
    description: 'Targets whose last probe failed.',
    unit: 'none',
    queries: [[`count(${select('probe_success')} == 0) or vector(0)`]],
    thresholds: FAILED_IF_ANY,
  }),
  stat({
    title: 'Not probed',
    description:
      'Targets of which Prometheus got no answer from the prober: it is not there, or it refused the request, for example because it does not know the module.',
    unit: 'none',
    queries: [[`count(${select('up')} == 0) or vector(0)`]],
    thresholds: FAILED_IF_ANY,
  }),
  stat({
    title: 'Availability',
    description: 'Share of all probes in the time range that succeeded.',
    unit: 'percentunit',
    decimals: 3,
    queries: [[`avg(avg_over_time(${select('probe_success')}[$__range]))`]],
    thresholds: AVAILABILITY,
  }),
  stat({
    title: 'Certificates: 14 days or less',
    description: 'Targets with a certificate that has expired or expires within 14 days.',
    unit: 'none',
    queries: [[`count(${select('probe_ssl_earliest_cert_expiry')} - time() < 14 * 86400) or vector(0)`]],
    thresholds: FAILED_IF_ANY,
  }),
  stat({
    title: 'Slowest probe',
    description: 'The longest of the last probes.',
    unit: 's',
    queries: [[`max(${select('probe_duration_seconds')})`]],
  }),
];

const LABELS = `${TARGET}, phase, reason`;
const failing = table({
  title: 'What fails, and why',
  description:
    'Targets whose last probe failed, with the phase and the reason that Sonde gives, and the time since the last success within the time range (none: there was none).',
  unit: 'none',
  noValue: 'nothing fails',
  queries: [
    [`max by (${LABELS}) (${select('probe_failure_info')})`],
    [
      `max by (${LABELS}) (${select('probe_failure_info')} * on (${TARGET}) group_left () (time() - max by (${TARGET}) (max_over_time(timestamp(${select('probe_success')} == 1)[$__range:$__interval]))))`,
    ],
    [
      `max by (${LABELS}) (${select('probe_failure_info')} * on (${TARGET}) group_left () max by (${TARGET}) (${select('probe_duration_seconds')}))`,
    ],
  ],
  columns: [
    ['instance', { title: 'Target', link: toTarget, width: 360 }],
    ['phase', { title: 'Phase', width: 110 }],
    ['reason', { title: 'Reason', mappings: REASONS }],
    [1, { title: 'Failing for', unit: 's', width: 130 }],
    [2, { title: 'Probe took', unit: 's', width: 120 }],
    ['module', { title: 'Module', width: 160 }],
    ['job', { title: 'Job', width: 160 }],
  ],
  sortBy: ['Failing for', 'asc'],
});

const byReason = timeseries({
  title: 'Failing targets by reason',
  description:
    'How many targets fail at the same time, by phase and reason: many at once for one reason have one cause.',
  unit: 'none',
  bars: true,
  stacked: true,
  noValue: 'nothing failed',
  queries: [[`count by (phase, reason) (${select('probe_failure_info')})`, '{{phase}}: {{reason}}']],
});

const byModule = timeseries({
  title: 'Share of targets that are up',
  description: 'By job and module.',
  unit: 'percentunit',
  max: 1,
  queries: [[`avg by (job, module) (${select('probe_success')})`, '{{job}} {{module}}']],
});

const strips = stateTimeline({
  title: 'Targets that failed in the time range',
  description: 'A strip for each target that was down at least once.',
  unit: 'none',
  height: 10,
  mappings: UP_OR_DOWN,
  noValue: 'nothing failed',
  queries: [
    [
      `max by (${TARGET}) (${select('probe_success')}) and on (${TARGET}) (min_over_time(${select('probe_success')}[$__range] @ end()) == 0)`,
      '{{instance}} {{module}}',
    ],
  ],
});

const flapping = barGauge({
  title: 'Coming and going',
  description:
    'Targets that changed between up and down within the last hour, by the number of changes. Six and more make the alert SondeProbeFlaps.',
  unit: 'none',
  noValue: 'none',
  queries: [[`topk(10, max by (${TARGET}) (changes(${select('probe_success')}[1h])) > 0)`, '{{instance}} {{module}}']],
  thresholds: steps(['green'], ['orange', 3], ['red', 6]),
});

const spread = timeseries({
  title: 'Duration of probes',
  description: 'Half of the targets are faster than the median, one in twenty is slower than the 95 % line.',
  unit: 's',
  queries: [
    [`quantile(0.5, ${select('probe_duration_seconds')})`, 'median'],
    [`quantile(0.95, ${select('probe_duration_seconds')})`, '95 %'],
    [`max(${select('probe_duration_seconds')})`, 'slowest'],
  ],
});

const slowest = timeseries({
  title: 'Slowest targets',
  description: 'The ten targets whose probes took longest on average over the time range.',
  unit: 's',
  queries: [
    [
      `max by (${TARGET}) (${select('probe_duration_seconds')}) and on (${TARGET}) topk(10, max by (${TARGET}) (avg_over_time(${select('probe_duration_seconds')}[$__range] @ end())))`,
      '{{instance}} {{module}}',
    ],
  ],
});

const all = table({
  title: 'All targets',
  description:
    'State, availability over the time range, duration and the time until the first certificate expires. A click leads to the target.',
  unit: 'none',
  height: 14,
  queries: [
    [`max by (${TARGET}) (${select('probe_success')})`],
    [`max by (${TARGET}) (avg_over_time(${select('probe_success')}[$__range]))`],
    [`max by (${TARGET}) (${select('probe_duration_seconds')})`],
    [`min by (${TARGET}) (${select('probe_ssl_earliest_cert_expiry')}) - time()`],
  ],
  columns: [
    ['instance', { title: 'Target', link: toTarget, width: 400 }],
    [0, { title: 'Now', mappings: UP_OR_DOWN, width: 90 }],
    [1, { title: 'Availability', unit: 'percentunit', thresholds: AVAILABILITY }],
    [2, { title: 'Duration', unit: 's' }],
    [3, { title: 'Certificate expires in', unit: 's', thresholds: EXPIRY }],
    ['module', { title: 'Module' }],
    ['job', { title: 'Job' }],
  ],
  sortBy: ['Availability', 'asc'],
});

export const fleet = dashboard({
  uid: 'sonde-fleet',
  description: 'All targets that Sonde probes: what fails and why, what is slow, and what comes and goes.',
  variables: probeVariables,
  rows: [
    { title: 'Now', panels: [...now, failing] },
    { title: 'Over time', panels: [byReason, byModule, strips] },
    { title: 'Slow and flapping', panels: [spread, slowest, flapping] },
    { title: 'Targets', panels: [all] },
  ],
});

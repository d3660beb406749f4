// One target: whether it is up, why not, where the time goes, and what each prober has to say about it.
import { dashboard, variable } from './frame.mjs';
import { stat, stateTimeline, timeseries, words } from './panels.mjs';
import { AVAILABILITY, EXPIRY, PROBERS, REASONS, UP_OR_DOWN, YES_OR_NO } from './probes.mjs';
import { table } from './table.mjs';

/** `metric{…}` of the one target. */
const select = (metric, more = '') => `${metric}{job=~"$job", instance="$instance", module=~"$module"${more}}`;

const now = [
  stat({
    title: 'Now',
    description: 'Whether the last probe succeeded, by module.',
    unit: 'none',
    width: 3,
    mappings: UP_OR_DOWN,
    queries: [[select('probe_success'), '{{module}}']],
  }),
  stat({
    title: 'Availability',
    description: 'Share of the probes in the time range that succeeded.',
    unit: 'percentunit',
    decimals: 3,
    width: 3,
    queries: [[`avg(avg_over_time(${select('probe_success')}[$__range]))`]],
    thresholds: AVAILABILITY,
  }),
  stat({
    title: 'Changes',
    description: 'How often the target changed between up and down in the time range.',
    unit: 'none',
    width: 3,
    queries: [[`sum(changes(${select('probe_success')}[$__range]))`]],
  }),
  stat({
    title: 'Probe took',
    description: 'Duration of the last probe.',
    unit: 's',
    width: 3,
    queries: [[select('probe_duration_seconds'), '{{module}}']],
  }),
  stat({
    title: 'Certificate expires in',
    description: 'The least time that a presented certificate has left; negative once it has expired.',
    unit: 's',
    width: 4,
    noValue: 'no TLS',
    queries: [[`min(${select('probe_ssl_earliest_cert_expiry')}) - time()`]],
    thresholds: EXPIRY,
  }),
  stat({
    title: 'Certificate verified',
    description: 'Whether chain and name verified, whatever the module makes of it.',
    unit: 'none',
    width: 4,
    noValue: 'no TLS',
    mappings: YES_OR_NO,
    queries: [[`min(${select('probe_ssl_verified')})`]],
  }),
  stat({
    title: 'Address',
    description: 'IP version of the address that was probed, and how often the address changed in the time range.',
    unit: 'none',
    width: 4,
    queries: [
      [`max(${select('probe_ip_protocol')})`, 'IP version'],
      [`sum(changes(${select('probe_ip_addr_hash')}[$__range]))`, 'changes'],
    ],
  }),
];

const why = table({
  title: 'Why it fails',
  description: 'Phase and reason of the last probe if it failed, and how long the phase took until it did.',
  unit: 'none',
  height: 5,
  noValue: 'it does not fail',
  queries: [
    [`max by (module, phase, reason) (${select('probe_failure_info')})`],
    [
      `max by (module, phase, reason) (${select('probe_failure_info')} * on (job, module, phase) group_left () max by (job, module, phase) (${select('probe_failed_phase_duration_seconds')}))`,
    ],
  ],
  columns: [
    ['module', { title: 'Module', width: 200 }],
    ['phase', { title: 'Phase', width: 140 }],
    ['reason', { title: 'Reason', mappings: REASONS }],
    [1, { title: 'The phase took', unit: 's', width: 160 }],
  ],
});

const strip = stateTimeline({
  title: 'Up and down',
  description: 'By module.',
  unit: 'none',
  height: 5,
  mappings: UP_OR_DOWN,
  queries: [[`max by (module) (${select('probe_success')})`, '{{module}}']],
});

const reasons = stateTimeline({
  title: 'Reasons of failures',
  description: 'A strip for each reason, where probes failed for it.',
  unit: 'none',
  height: 6,
  mappings: words({ 1: ['Failed', 'red'] }),
  noValue: 'nothing failed',
  queries: [[`max by (module, phase, reason) (${select('probe_failure_info')})`, '{{module}} {{phase}}: {{reason}}']],
});

const phases = timeseries({
  title: 'Where the time goes',
  description: 'Phases of the probe, one upon the other. A phase that failed is not in here but in the panel beside.',
  unit: 's',
  height: 9,
  stacked: true,
  queries: [
    [
      `max by (module, phase) (${PROBERS.map((prober) => select(`probe_${prober}_duration_seconds`)).join(' or ')})`,
      '{{module}} {{phase}}',
    ],
  ],
});

const duration = timeseries({
  title: 'Duration and timeout',
  description: 'How long probes took and might have taken, and what the phase that failed took.',
  unit: 's',
  height: 9,
  queries: [
    [select('probe_duration_seconds'), '{{module}} took'],
    [select('probe_timeout_seconds'), '{{module}} timeout'],
    [select('probe_failed_phase_duration_seconds'), '{{module}} failed in {{phase}}'],
  ],
});

const lookup = timeseries({
  title: 'Look-up of the name',
  description: "How long the look-up of the target's name took.",
  unit: 's',
  queries: [[select('probe_dns_lookup_time_seconds'), '{{module}}']],
});

const http = [
  timeseries({
    title: 'Status',
    description: 'Status code of the final answer; 0 if there was none.',
    unit: 'none',
    width: 8,
    stepped: true,
    queries: [[select('probe_http_status_code'), '{{module}}']],
  }),
  timeseries({
    title: 'Size of the answer',
    description: 'Bytes of the body as sent (−1: not announced) and after decompression.',
    unit: 'bytes',
    width: 8,
    min: undefined,
    queries: [
      [select('probe_http_content_length'), '{{module}} as sent'],
      [select('probe_http_uncompressed_body_length'), '{{module}} decompressed'],
    ],
  }),
  timeseries({
    title: 'Redirects and version',
    description: 'Redirects that were met, and the HTTP version of the final answer.',
    unit: 'none',
    width: 8,
    stepped: true,
    queries: [
      [select('probe_http_redirects'), '{{module}} redirects'],
      [select('probe_http_version'), '{{module}} HTTP version'],
    ],
  }),
];

const dns = [
  timeseries({
    title: 'Records',
    description: 'Records in the sections of the reply.',
    unit: 'none',
    stepped: true,
    queries: ['answer', 'authority', 'additional'].map((section) => [
      select(`probe_dns_${section}_rrs`),
      `{{module}} ${section}`,
    ]),
  }),
  timeseries({
    title: 'Reply',
    description: 'Whether there was a reply at all, whatever it says.',
    unit: 'bool_yes_no',
    stepped: true,
    max: 1,
    queries: [[select('probe_dns_query_succeeded'), '{{module}}']],
  }),
];

const icmp = [
  timeseries({
    title: 'Round trips',
    description: 'Least, mean and greatest round trip, and jitter, of modules with a count above 1.',
    unit: 's',
    queries: [[select('probe_icmp_rtt_seconds'), '{{module}} {{stat}}']],
  }),
  timeseries({
    title: 'Loss',
    description: 'Share of the echo requests that were not answered, of modules with a count above 1.',
    unit: 'percentunit',
    max: 1,
    queries: [[select('probe_icmp_loss_ratio'), '{{module}}']],
  }),
];

const grpc = [
  stateTimeline({
    title: 'Health',
    description: 'What the health service answered.',
    unit: 'none',
    width: 12,
    mappings: words({ 0: ['', 'transparent'], 1: ['answered', 'blue'] }),
    queries: [[select('probe_grpc_healthcheck_response'), '{{module}} {{serving_status}}']],
  }),
  timeseries({
    title: 'Status of gRPC',
    description: 'Status code of the call; 0 is OK, 14 unavailable, 4 out of time.',
    unit: 'none',
    stepped: true,
    queries: [[select('probe_grpc_status_code'), '{{module}}']],
  }),
];

const dialogue = [
  timeseries({
    title: 'Steps of query_response',
    description: 'How long each step of the dialogue took; steps that were not reached have no value.',
    unit: 's',
    stacked: true,
    queries: [[select('probe_query_response_duration_seconds'), '{{module}} step {{step}}']],
  }),
  stateTimeline({
    title: 'Steps that went as they should',
    description: 'By the number of the step; the first is 0.',
    unit: 'none',
    width: 12,
    mappings: YES_OR_NO,
    queries: [[select('probe_query_response_success'), '{{module}} step {{step}}']],
  }),
];

export const target = dashboard({
  uid: 'sonde-target',
  description: 'One target of Sonde: whether it is up, why not, and where the time goes.',
  variables: [
    variable('job', 'Job', 'label_values(probe_success, job)'),
    variable('instance', 'Target', 'label_values(probe_success{job=~"$job"}, instance)', { several: false }),
    variable('module', 'Module', 'label_values(probe_success{job=~"$job", instance="$instance"}, module)', {
      allValue: '.*',
    }),
  ],
  rows: [
    { title: 'Now', panels: [...now, why] },
    { title: 'Over time', panels: [strip, reasons, phases, duration] },
    { title: 'HTTP', panels: http },
    { title: 'DNS, and look-up of names', collapsed: true, panels: [...dns, lookup] },
    { title: 'ICMP', collapsed: true, panels: icmp },
    { title: 'gRPC', collapsed: true, panels: grpc },
    { title: 'Dialogues of tcp, unix and websocket', collapsed: true, panels: dialogue },
  ],
});

// Sonde itself: the prober, the pushgateway and the node metrics, as they tell of themselves.
import { dashboard, variable } from './frame.mjs';
import { heatmap, stat, steps, timeseries } from './panels.mjs';
import { YES_OR_NO } from './probes.mjs';
import { companions } from './service-companions.mjs';
import { table } from './table.mjs';

/** `metric{…}` of all services that the variables select. */
const select = (metric, more = '') => `${metric}{job=~"$job", instance=~"$instance"${more}}`;
const selectModule = (metric) => select(metric, ', module=~"$module"');

const now = [
  stat({
    title: 'Configuration in force',
    description: 'Whether the newest configuration is the one in force; if not, an older one goes on serving.',
    unit: 'none',
    mappings: YES_OR_NO,
    queries: [[`min(${select('blackbox_exporter_config_last_reload_successful')})`]],
  }),
  stat({
    title: 'Probes',
    description: 'Probes a second, of the selected modules.',
    unit: 'cps',
    queries: [[`sum(rate(${selectModule('sonde_probe_duration_seconds_count')}[$__rate_interval]))`]],
  }),
  stat({
    title: 'In flight',
    description: 'Probes that are running now.',
    unit: 'none',
    queries: [[`sum(${select('sonde_probes_in_flight')})`]],
  }),
  stat({
    title: 'Event loop lag',
    description:
      'The worst 99th percentile since the last scrape: what timings may be off by. SondeOverloaded warns above 50 ms.',
    unit: 's',
    queries: [[`max(${select('nodejs_eventloop_lag_p99_seconds')})`]],
    thresholds: steps(['green'], ['orange', 0.02], ['red', 0.05]),
  }),
  stat({
    title: 'Internal errors',
    description: 'Requests of the time range that failed by a bug of Sonde; the log has the stacks.',
    unit: 'none',
    decimals: 0,
    queries: [[`sum(increase(${select('sonde_internal_errors_total')}[$__range]))`]],
    thresholds: steps(['green'], ['red', 1]),
  }),
  stat({
    title: 'Log lines dropped',
    description: 'Log lines of the time range that nobody read in time.',
    unit: 'none',
    decimals: 0,
    queries: [[`sum(increase(${select('sonde_log_lines_dropped_total')}[$__range]))`]],
    thresholds: steps(['green'], ['orange', 1]),
  }),
];

const VERSION = 'job, instance, version, goversion';
const versions = table({
  title: 'Probers',
  description: 'Versions, since when they run and since when their configuration is in force.',
  unit: 'none',
  width: 14,
  height: 6,
  queries: [
    [
      `max by (${VERSION}) (${select('blackbox_exporter_build_info')} * on (job, instance) group_left () (time() - ${select('process_start_time_seconds')}))`,
    ],
    [
      `max by (${VERSION}) (${select('blackbox_exporter_build_info')} * on (job, instance) group_left () (time() - ${select('blackbox_exporter_config_last_reload_success_timestamp_seconds')}))`,
    ],
  ],
  columns: [
    ['instance', { title: 'Instance' }],
    ['job', { title: 'Job' }],
    ['version', { title: 'Version' }],
    ['goversion', { title: 'Node.js' }],
    [0, { title: 'Runs for', unit: 's' }],
    [1, { title: 'Configuration for', unit: 's' }],
  ],
});

const files = table({
  title: 'Files of the configuration',
  description:
    'Whether the newest content of each file is in force. One that is not is named in the log with its mistake.',
  unit: 'none',
  width: 10,
  height: 6,
  queries: [[`min by (instance, file) (${select('sonde_config_file_last_reload_successful')})`]],
  columns: [
    ['instance', { title: 'Instance' }],
    ['file', { title: 'File' }],
    [0, { title: 'In force', mappings: YES_OR_NO, width: 90 }],
  ],
});

const probes = [
  timeseries({
    title: 'Probes a second by outcome',
    description: 'Of the selected modules.',
    unit: 'cps',
    stacked: true,
    queries: [
      [
        `sum by (outcome) (rate(${selectModule('sonde_probe_duration_seconds_count')}[$__rate_interval]))`,
        '{{outcome}}',
      ],
    ],
  }),
  timeseries({
    title: 'Probes a second by module',
    description: 'What Sonde is asked for.',
    unit: 'cps',
    stacked: true,
    queries: [
      [`sum by (module) (rate(${selectModule('sonde_probe_duration_seconds_count')}[$__rate_interval]))`, '{{module}}'],
    ],
  }),
  heatmap({
    title: 'Durations',
    description: 'How many probes took how long.',
    unit: 's',
    queries: [
      [`sum by (le) (increase(${selectModule('sonde_probe_duration_seconds_bucket')}[$__rate_interval]))`, '{{le}}'],
    ],
  }),
  timeseries({
    title: 'Duration by module: 95 %',
    description: 'One probe in twenty took longer.',
    unit: 's',
    queries: [
      [
        `histogram_quantile(0.95, sum by (module, le) (rate(${selectModule('sonde_probe_duration_seconds_bucket')}[$__rate_interval])))`,
        '{{module}}',
      ],
    ],
  }),
  timeseries({
    title: 'In flight',
    description: 'Probes, and scrapes of /metrics, that are running.',
    unit: 'none',
    queries: [
      [select('sonde_probes_in_flight'), '{{instance}} probes'],
      [select('promhttp_metric_handler_requests_in_flight'), '{{instance}} scrapes'],
    ],
  }),
  timeseries({
    title: 'Unknown modules',
    description: 'Probes a second that asked for a module that does not exist.',
    unit: 'cps',
    queries: [[`rate(${select('blackbox_module_unknown_total')}[$__rate_interval])`, '{{instance}}']],
  }),
];

const lag = ['mean', 'p50', 'p99', 'max'].map((kind) => [
  select(`nodejs_eventloop_lag_${kind}_seconds`),
  `{{job}} {{instance}} ${kind}`,
]);

const load = [
  timeseries({
    title: 'Event loop lag',
    description: 'How late the event loop was since the last scrape: what timings may be off by.',
    unit: 's',
    thresholds: steps(['transparent'], ['red', 0.05]),
    queries: lag,
  }),
  timeseries({
    title: 'CPU',
    description: 'Seconds of CPU a second, all threads together.',
    unit: 'percentunit',
    queries: [[`rate(${select('process_cpu_seconds_total')}[$__rate_interval])`, '{{job}} {{instance}}']],
  }),
  timeseries({
    title: 'Memory',
    description: 'Memory of the process, and the part of it that is used of the heap.',
    unit: 'bytes',
    queries: [
      [select('process_resident_memory_bytes'), '{{job}} {{instance}} resident'],
      [select('nodejs_heap_size_used_bytes'), '{{job}} {{instance}} heap'],
      [select('nodejs_external_memory_bytes'), '{{job}} {{instance}} outside the heap'],
    ],
  }),
  timeseries({
    title: 'Heap and file descriptors in use',
    description: 'Shares of their limits. SondeRunsOutOfMemory and SondeRunsOutOfFiles warn above 80 %.',
    unit: 'percentunit',
    max: 1,
    thresholds: steps(['transparent'], ['red', 0.8]),
    queries: [
      [
        `${select('nodejs_heap_size_used_bytes')} / ${select('nodejs_heap_size_limit_bytes')}`,
        '{{job}} {{instance}} heap',
      ],
      [`${select('process_open_fds')} / ${select('process_max_fds')}`, '{{job}} {{instance}} file descriptors'],
    ],
  }),
  timeseries({
    title: 'Network',
    description: "Bytes a second in the process's network namespace, received and sent.",
    unit: 'Bps',
    queries: [
      [`rate(${select('process_network_receive_bytes_total')}[$__rate_interval])`, '{{job}} {{instance}} received'],
      [`rate(${select('process_network_transmit_bytes_total')}[$__rate_interval])`, '{{job}} {{instance}} sent'],
    ],
  }),
  timeseries({
    title: 'History',
    description: 'Estimated size of the probes that the index page and /logs show.',
    unit: 'bytes',
    queries: [[select('sonde_history_size_bytes'), '{{instance}}']],
  }),
  timeseries({
    title: 'Scrapes of /metrics',
    description: 'A second, by status code.',
    unit: 'cps',
    width: 24,
    height: 6,
    queries: [
      [
        `sum by (job, code) (rate(${select('promhttp_metric_handler_requests_total')}[$__rate_interval]))`,
        '{{job}} {{code}}',
      ],
    ],
  }),
];

export const service = dashboard({
  uid: 'sonde-service',
  description:
    'Sonde itself: load, durations, configuration and memory of the prober, the pushgateway and the node metrics.',
  variables: [
    variable(
      'job',
      'Job',
      'label_values({__name__=~"sonde_internal_errors_total|node_scrape_collector_success"}, job)',
    ),
    variable(
      'instance',
      'Instance',
      'label_values({__name__=~"sonde_internal_errors_total|node_scrape_collector_success", job=~"$job"}, instance)',
      { allValue: '.*' },
    ),
    variable(
      'module',
      'Module',
      'label_values(sonde_probe_duration_seconds_count{job=~"$job", instance=~"$instance"}, module)',
      {
        allValue: '.*',
      },
    ),
  ],
  rows: [
    { title: 'Now', panels: [...now, versions, files] },
    { title: 'Probes', panels: probes },
    { title: 'Load', panels: load },
    ...companions(select),
  ],
});

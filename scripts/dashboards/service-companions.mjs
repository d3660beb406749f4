// The rows about the services beside the prober: the pushgateway and the node metrics.
import { stat, timeseries } from './panels.mjs';
import { YES_OR_NO } from './probes.mjs';
import { table } from './table.mjs';

const pushgateway = (select) => [
  stat({
    title: 'Pushes are kept',
    description: 'No while pushes cannot be saved; they are refused then.',
    unit: 'none',
    mappings: YES_OR_NO,
    queries: [[`min(${select('sonde_pushgateway_persistence_ok')})`]],
  }),
  stat({
    title: 'Left out',
    description: 'Series that do not fit to others and that the scrape leaves out.',
    unit: 'none',
    queries: [[`sum(${select('sonde_pushgateway_series_left_out')})`]],
  }),
  timeseries({
    title: 'Groups and series',
    description: 'What is stored, and groups that went because their time was over.',
    unit: 'none',
    width: 16,
    queries: [
      [select('sonde_pushgateway_groups'), '{{instance}} groups'],
      [select('sonde_pushgateway_series'), '{{instance}} series'],
      [select('sonde_pushgateway_groups_expired_total'), '{{instance}} groups expired'],
    ],
  }),
  timeseries({
    title: 'Requests',
    description: 'A second, by handler, method and status code; without scrapes.',
    unit: 'cps',
    queries: [
      [
        `sum by (handler, method, code) (rate(${select('pushgateway_http_requests_total')}[$__rate_interval]))`,
        '{{handler}} {{method}} {{code}}',
      ],
    ],
  }),
  timeseries({
    title: 'Pushes that were refused',
    description: 'A second, by reason.',
    unit: 'cps',
    queries: [
      [`sum by (reason) (rate(${select('sonde_pushgateway_pushes_refused_total')}[$__rate_interval]))`, '{{reason}}'],
    ],
  }),
  timeseries({
    title: 'Duration of pushes',
    description: 'Half and nine tenths of the pushes of the last ten minutes were faster.',
    unit: 's',
    queries: [[select('pushgateway_http_push_duration_seconds', ', quantile=~"0.5|0.9"'), '{{method}} {{quantile}}']],
  }),
  timeseries({
    title: 'Size of pushes',
    description: 'Half and nine tenths of the pushes of the last ten minutes were smaller.',
    unit: 'bytes',
    queries: [[select('pushgateway_http_push_size_bytes', ', quantile=~"0.5|0.9"'), '{{method}} {{quantile}}']],
  }),
];

const node = (select) => [
  timeseries({
    title: 'Slowest collectors',
    description: 'How long the ten slowest collectors took.',
    unit: 's',
    queries: [[`topk(10, ${select('node_scrape_collector_duration_seconds')})`, '{{instance}} {{collector}}']],
  }),
  table({
    title: 'Collectors without data',
    description:
      'Collectors that gave nothing: an error, which is in the log, or the host does not have what they look for.',
    unit: 'none',
    width: 12,
    height: 8,
    noValue: 'none',
    queries: [[`min by (instance, collector) (${select('node_scrape_collector_success')} == 0)`]],
    columns: [
      ['instance', { title: 'Instance' }],
      ['collector', { title: 'Collector' }],
      [0, { title: 'Gave data', mappings: YES_OR_NO }],
    ],
  }),
];

/** The collapsed rows about both; `select` writes a metric with the variables' labels. */
export const companions = (select) => [
  { title: 'Pushgateway', collapsed: true, panels: pushgateway(select) },
  { title: 'Node metrics', collapsed: true, panels: node(select) },
];

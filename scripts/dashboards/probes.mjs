// What the dashboards about targets share: selectors, variables, words, and the link to one target.
import { FAILURE_REASONS } from '../../dist/src/probe/failure.js';
import { variable } from './frame.mjs';
import { steps, words } from './panels.mjs';

/** The labels that a probe's series have by the scrape jobs in deploy/prometheus.yml. */
export const TARGET = 'job, instance, module';

/** `metric{…}` of all targets that the variables select. */
export const select = (metric, more = '') => `${metric}{job=~"$job", instance=~"$instance", module=~"$module"${more}}`;

export const PROBERS = [
  'http',
  'tcp',
  'unix',
  'dns',
  'icmp',
  'grpc',
  'websocket',
  'nginx',
  'redis',
  'postgres',
  'mysql',
];

export const probeVariables = [
  variable('job', 'Job', 'label_values(probe_success, job)'),
  variable('instance', 'Target', 'label_values(probe_success{job=~"$job"}, instance)', { allValue: '.*' }),
  variable('module', 'Module', 'label_values(probe_success{job=~"$job", instance=~"$instance"}, module)', {
    allValue: '.*',
  }),
];

export const UP_OR_DOWN = words({ 0: ['Down', 'red'], 1: ['Up', 'green'] });
export const YES_OR_NO = words({ 0: ['No', 'red'], 1: ['Yes', 'green'] });

/** The closed list of reasons, as sentences; the word stays, because alerts and queries select by it. */
export const REASONS = words(
  Object.fromEntries(
    Object.entries(FAILURE_REASONS).map(([word, meaning]) => [word, [`${meaning.replaceAll('`', '')} (${word})`]]),
  ),
);

export const FAILED_IF_ANY = steps(['green'], ['red', 1]);
export const AVAILABILITY = steps(['red'], ['orange', 0.99], ['green', 0.999]);
const DAY = 86_400;
/** The thresholds of alerts.yml: a warning from 14 days on, critical from 3 days on. */
export const EXPIRY = steps(['red'], ['orange', 3 * DAY], ['green', 14 * DAY]);

/** From a row of a table, whose columns have the target's labels, to the dashboard of that target. */
export const toTarget = {
  title: 'This target',
  url: [
    '/d/sonde-target?${datasource:queryparam}',
    ...['job', 'instance', 'module'].map((label) => `var-${label}=\${__data.fields.${label}:percentencode}`),
    '${__url_time_range}',
  ].join('&'),
  targetBlank: false,
};

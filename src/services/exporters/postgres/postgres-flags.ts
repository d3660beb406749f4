import { existsSync } from 'node:fs';
import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import { messageOf } from '../../../values/as-error.js';
import type { ExporterSettings } from '../server-exporter.js';
import type { FlagWarning } from '../unserved-flags.js';
import { hasConstantLabels, readConstantLabels } from './postgres-labels.js';
import { planPostgres, type TextOrFile } from './postgres-plan.js';

const DEFAULT_FILE = 'postgres_exporter.yml';
const DEFAULT_TIMEOUT_SECONDS = 60;
const SHORTEST_TIMEOUT_SECONDS = 0.001;
const PREFIX = 'pg';
const STATEMENTS = 'collector.stat_statements';
const NO_PREFIX = `is not served: the metrics are called ${PREFIX}_…; postgres_exporter calls them so as well, and leaves some out`;

const on = (name: string) => [name, true] as const;
const off = (name: string) => [name, false] as const;

/** The prober's collectors, and whether they are on; its own list would load what only a probe needs. */
export const POSTGRES_COLLECTORS: ReadonlyMap<string, boolean> = new Map([
  ...['database', 'locks', 'replication', 'replication_slot', 'roles', 'stat_bgwriter', 'stat_database'].map(on),
  ...['stat_progress_vacuum', 'stat_user_tables', 'statio_user_tables', 'wal'].map(on),
  ...['buffercache_summary', 'database_wraparound', 'postmaster', 'stat_activity_autovacuum'].map(off),
  ...['stat_checkpointer', 'stat_statements', 'stat_wal_receiver', 'statio_user_indexes'].map(off),
  ...['long_running_transactions', 'process_idle', 'xlog_location'].map(off),
]);

/** The settings that postgres_exporter only has as environment variables. */
const source = (name: string, help: string): FlagDefinition => {
  const flag = `data-source.${name}`;
  return { name: flag, kind: 'value', shown: '""', help, envar: flag.replace(/\W/g, '_').toUpperCase() };
};

/** The flags of postgres_exporter that are served, with its environment variables. */
export const POSTGRES_FLAGS: readonly FlagDefinition[] = [
  source(
    'name',
    'The server: `postgresql://user:password@host:port/database?sslmode=…`, or `host=… user=…`. The variable is safer: the flag is in the list of processes.',
  ),
  source(
    'uri',
    'The server without its login: `host:port/database?sslmode=…`. Used where there is no --data-source.name.',
  ),
  source('uri-file', 'File with it.'),
  source('user', 'Who logs in there.'),
  source('user-file', 'File with it.'),
  source('pass', 'The password. The variable is safer, and the file safest.'),
  source('pass-file', 'File with it; read again by SIGHUP and POST /-/reload.'),
  {
    name: 'config.file',
    kind: 'value',
    shown: `"${DEFAULT_FILE}"`,
    help: 'File with the auth_modules of /probe, without which it goes on; read again by SIGHUP and POST /-/reload.',
  },
  {
    name: 'postgres.credentials-for',
    kind: 'repeatable',
    shown: '<pattern>',
    help: 'Which targets of /probe may receive the passwords of auth_modules, such as `db-*.example.com`. May be given several times.',
  },
  ...[...POSTGRES_COLLECTORS].map(([name, isOn]): FlagDefinition => ({
    ...{ name: `collector.${name}`, kind: 'switch' },
    help: `Ask for ${name}; ${isOn ? 'on' : 'off'} unless told otherwise.`,
  })),
  {
    name: `${STATEMENTS}.include_query`,
    kind: 'switch',
    help: 'Show the texts of statements, as labels of pg_stat_statements_query_id.',
  },
  { name: `${STATEMENTS}.query_length`, kind: 'value', shown: '120', help: 'Characters of such a text.' },
  { name: `${STATEMENTS}.limit`, kind: 'value', shown: '100', help: 'How many statements stat_statements shows.' },
  {
    name: `${STATEMENTS}.exclude_databases`,
    kind: 'value',
    shown: '""',
    help: 'Databases, with commas between, whose statements it leaves out.',
  },
  {
    name: `${STATEMENTS}.exclude_users`,
    kind: 'value',
    shown: '""',
    help: 'Users, with commas between, whose statements it leaves out.',
  },
  {
    name: 'exclude-databases',
    kind: 'value',
    shown: '""',
    help: 'Databases, with commas between, that the collector database and --auto-discover-databases leave out.',
    envar: 'PG_EXPORTER_EXCLUDE_DATABASES',
  },
  {
    name: 'extend.query-path',
    kind: 'value',
    shown: '""',
    help: 'YAML file with queries of your own; read again by SIGHUP and POST /-/reload.',
    envar: 'PG_EXPORTER_EXTEND_QUERY_PATH',
  },
  {
    name: 'auto-discover-databases',
    kind: 'switch',
    help: 'Run the queries of --extend.query-path without `master` in all databases of each server.',
    envar: 'PG_EXPORTER_AUTO_DISCOVER_DATABASES',
  },
  {
    name: 'include-databases',
    kind: 'value',
    shown: '""',
    help: 'Databases, with commas between, that --auto-discover-databases may find; all if empty.',
    envar: 'PG_EXPORTER_INCLUDE_DATABASES',
  },
  {
    name: 'constantLabels',
    kind: 'value',
    shown: '<label=value,…>',
    help: 'Labels for what belongs to no collector: pg_up, pg_static, pg_settings_…, activity and others.',
    envar: 'PG_EXPORTER_CONSTANT_LABELS',
  },
  {
    name: 'disable-default-metrics',
    kind: 'switch',
    help: 'Leave out what belongs to no collector: activity, archiver, conflicts and replication.',
    envar: 'PG_EXPORTER_DISABLE_DEFAULT_METRICS',
  },
  {
    name: 'disable-settings-metrics',
    kind: 'switch',
    help: 'Leave out pg_settings_….',
    envar: 'PG_EXPORTER_DISABLE_SETTINGS_METRICS',
  },
  {
    name: 'collection-timeout',
    kind: 'value',
    shown: '1m',
    help: 'How long one scrape of the server may take.',
    envar: 'PG_EXPORTER_COLLECTION_TIMEOUT',
  },
  {
    name: 'metric-prefix',
    kind: 'value',
    shown: `"${PREFIX}"`,
    isHidden: true,
    help: 'Not served: the metrics are called pg_…, and with postgres_exporter as well.',
    envar: 'PG_EXPORTER_METRIC_PREFIX',
  },
];

/** Reads the values of the flags; throws UsageError. */
export function readPostgresSettings(values: FlagValues): ExporterSettings {
  if (values.text('metric-prefix', PREFIX) !== PREFIX) {
    throw new UsageError(`flag '--metric-prefix' ${NO_PREFIX}`);
  }
  const name = values.text('data-source.name', '');
  const textOrFile = (part: string): TextOrFile => ({
    text: values.text(`data-source.${part}`, ''),
    file: values.text(`data-source.${part}-file`, ''),
  });
  const [uri, user, password] = [textOrFile('uri'), textOrFile('user'), textOrFile('pass')];
  const given = values.text('config.file', '');
  const configFile = given === '' && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : given;
  const queriesFile = values.text('extend.query-path', '');
  const { labels: constant, wrong } = readConstantLabels(values.text('constantLabels', ''));
  const { timeoutSeconds, refusal } = timeoutOf(values);
  const access = {
    ...{ name, uri, user, password, configFile, constant },
    queriesFile,
    credentialsFor: values.given('postgres.credentials-for'),
    timeoutSeconds,
    asked: askedFor(values),
  };
  return {
    withOwnMetrics: true,
    leftOut: new Set(),
    ...(constant.length > 0 && { constant: { labels: constant, isOf: hasConstantLabels } }),
    isReloadable: [configFile, queriesFile, uri.file, user.file, password.file].some((path) => path !== ''),
    plan: (env, isStart) => planPostgres(access, { env, isStart }),
    warnings: [
      ...wrong.map((part) => ({
        flag: '--constantLabels',
        reason: `expected label=value, got ${JSON.stringify(part)}`,
      })),
      ...refusal,
    ],
  };
}

/** The timeout of a scrape: with a bad one the default, where postgres_exporter goes on without its collectors. */
function timeoutOf(values: FlagValues): { readonly timeoutSeconds: number; readonly refusal: readonly FlagWarning[] } {
  const flag = '--collection-timeout';
  try {
    const timeoutSeconds = values.duration('collection-timeout', DEFAULT_TIMEOUT_SECONDS);
    if (timeoutSeconds > SHORTEST_TIMEOUT_SECONDS) return { timeoutSeconds, refusal: [] };
    throw new UsageError('it must be more than 1ms');
  } catch (error) {
    const reason = `${messageOf(error)}; ${DEFAULT_TIMEOUT_SECONDS}s instead`;
    return { timeoutSeconds: DEFAULT_TIMEOUT_SECONDS, refusal: [{ flag, reason }] };
  }
}

function askedFor(values: FlagValues): Readonly<Record<string, unknown>> {
  return {
    collectors: Object.fromEntries(
      [...POSTGRES_COLLECTORS].map(([name, isOn]) => [name, values.text(`collector.${name}`, `${isOn}`) === 'true']),
    ),
    default_metrics: !values.isOn('disable-default-metrics'),
    settings_metrics: !values.isOn('disable-settings-metrics'),
    exclude_databases: namesOf(values.text('exclude-databases', '')),
    discover_databases: values.isOn('auto-discover-databases'),
    include_databases: namesOf(values.text('include-databases', '')),
    stat_statements: {
      include_query: values.isOn(`${STATEMENTS}.include_query`),
      query_length: upTo(10_000, `${STATEMENTS}.query_length`, values.uint(`${STATEMENTS}.query_length`, 120)),
      limit: upTo(5000, `${STATEMENTS}.limit`, values.uint(`${STATEMENTS}.limit`, 100)),
      exclude_databases: namesOf(values.text(`${STATEMENTS}.exclude_databases`, '')),
      exclude_users: namesOf(values.text(`${STATEMENTS}.exclude_users`, '')),
    },
  };
}

function namesOf(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '');
}

function upTo(most: number, flag: string, value: number): number {
  if (value <= most) return value;
  throw new UsageError(`invalid value for flag '--${flag}': ${value}; it may be ${most} at most`);
}

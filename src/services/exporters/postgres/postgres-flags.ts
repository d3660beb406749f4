import { existsSync } from 'node:fs';
import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import type { ExporterSettings } from '../server-exporter.js';
import { planPostgres, type TextOrFile } from './postgres-plan.js';

const DEFAULT_FILE = 'postgres_exporter.yml';
const DEFAULT_TIMEOUT_SECONDS = 60;
const PREFIX = 'pg';

/** Those of the prober; its own list would load what only a probe needs. */
export const POSTGRES_COLLECTORS: readonly string[] = [
  ...['database', 'locks', 'replication', 'replication_slot', 'roles', 'stat_bgwriter', 'stat_database'],
  ...['stat_progress_vacuum', 'stat_user_tables', 'statio_user_tables', 'wal'],
];

/** postgres_exporter has these as variables only. */
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
    help: 'File with the auth_modules of /probe, which need not be there if it is not named; read again by SIGHUP and POST /-/reload.',
  },
  {
    name: 'postgres.credentials-for',
    kind: 'repeatable',
    shown: '<pattern>',
    help: 'Which targets of /probe may receive the passwords of auth_modules, such as `db-*.example.com`. May be given several times.',
  },
  ...POSTGRES_COLLECTORS.map((name): FlagDefinition => ({
    ...{ name: `collector.${name}`, kind: 'switch', help: `Ask for ${name}; on unless told otherwise.` },
  })),
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
    help: 'Not served: the metrics are called pg_….',
    envar: 'PG_EXPORTER_METRIC_PREFIX',
  },
];

/** Reads their values; throws UsageError. */
export function readPostgresSettings(values: FlagValues): ExporterSettings {
  if (values.text('metric-prefix', PREFIX) !== PREFIX) {
    throw new UsageError("flag '--metric-prefix' is not served: the metrics are called pg_…");
  }
  const name = values.text('data-source.name', '');
  if (name.includes(',')) {
    throw new UsageError(
      "invalid value for flag '--data-source.name' (DATA_SOURCE_NAME): several servers are asked by /probe?target=…, or by a service each; a comma in a password is written %2C",
    );
  }
  const textOrFile = (part: string): TextOrFile => ({
    text: values.text(`data-source.${part}`, ''),
    file: values.text(`data-source.${part}-file`, ''),
  });
  const [uri, user, password] = [textOrFile('uri'), textOrFile('user'), textOrFile('pass')];
  const given = values.text('config.file', '');
  const configFile = given === '' && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : given;
  const access = {
    ...{ name, uri, user, password, configFile },
    credentialsFor: values.given('postgres.credentials-for'),
    timeoutSeconds: values.duration('collection-timeout', DEFAULT_TIMEOUT_SECONDS),
    asked: askedFor(values),
  };
  return {
    withOwnMetrics: true,
    leftOut: new Set(),
    isReloadable: [configFile, uri.file, user.file, password.file].some((path) => path !== ''),
    plan: () => planPostgres(access),
  };
}

function askedFor(values: FlagValues): Readonly<Record<string, unknown>> {
  return {
    collectors: Object.fromEntries(
      POSTGRES_COLLECTORS.map((name) => [name, values.text(`collector.${name}`, 'true') === 'true']),
    ),
    default_metrics: !values.isOn('disable-default-metrics'),
    settings_metrics: !values.isOn('disable-settings-metrics'),
  };
}

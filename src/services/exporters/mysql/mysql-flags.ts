import { existsSync } from 'node:fs';
import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import { splitHostPort } from '../../../net/host-port.js';
import { messageOf } from '../../../values/as-error.js';
import type { ExporterSettings } from '../server-exporter.js';
import { COLLECTOR_FLAGS, readCollectorOptions } from './mysql-collector-flags.js';
import { planMysql } from './mysql-plan.js';

const DEFAULT_FILE = '.my.cnf';
const DEFAULT_ADDRESS = 'localhost:3306';
const TIMEOUT_SECONDS = 60;

/**
 * The prober's collectors, and whether they are on by default. The prober's own list is not imported, since it would
 * load code that only probes need.
 */
export const MYSQL_COLLECTORS: ReadonlyMap<string, boolean> = new Map([
  ...['global_status', 'global_variables', 'slave_status', 'info_schema.query_response_time'].map(on),
  ...['info_schema.innodb_cmp', 'info_schema.innodb_cmpmem'].map(on),
  ...['auto_increment.columns', 'info_schema.schemastats', 'info_schema.tables', 'info_schema.tablestats'].map(off),
  ...['binlog_size', 'info_schema.innodb_metrics', 'perf_schema.eventsstatementssum'].map(off),
  ...['perf_schema.eventswaits', 'perf_schema.file_events', 'perf_schema.file_instances'].map(off),
  ...['perf_schema.indexiowaits', 'perf_schema.memory_events', 'perf_schema.tableiowaits'].map(off),
  ...['perf_schema.tablelocks', 'sys.user_summary', 'perf_schema.eventsstatements'].map(off),
  ...['perf_schema.replication_applier_status_by_worker', 'perf_schema.replication_group_member_stats'].map(off),
  ...['perf_schema.replication_group_members', 'slave_hosts', 'heartbeat', 'mysql.user'].map(off),
  ...['info_schema.clientstats', 'info_schema.userstats', 'info_schema.innodb_tablespaces'].map(off),
  ...['info_schema.processlist', 'info_schema.replica_host', 'info_schema.rocksdb_perf_context'].map(off),
  ...['engine_innodb_status', 'engine_tokudb_status'].map(off),
]);

function on(name: string): readonly [string, boolean] {
  return [name, true];
}

function off(name: string): readonly [string, boolean] {
  return [name, false];
}

/** The flags of mysqld_exporter that are served, with its environment variables. */
export const MYSQL_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'mysqld.address',
    kind: 'value',
    shown: `"${DEFAULT_ADDRESS}"`,
    help: 'The server, where the section [client] of the file names none.',
  },
  {
    name: 'mysqld.username',
    kind: 'value',
    shown: '""',
    help: 'Who logs in there, where that section does not say it.',
  },
  {
    name: 'mysqld.password',
    kind: 'value',
    shown: '""',
    help: 'The password, where that section has none. The variable is safer: the flag is in the list of processes.',
    envar: 'MYSQLD_EXPORTER_PASSWORD',
  },
  {
    name: 'mysqld.credentials-for',
    kind: 'repeatable',
    shown: '<pattern>',
    help: 'Which targets of /probe may receive the passwords, such as `db-*.example.com`, beside the address that stands beside each. May be given several times.',
  },
  {
    name: 'data-source.name',
    kind: 'value',
    shown: '""',
    help: 'The server as mysqld_exporter had it before 0.15, `user:password@tcp(host:port)/`. The variable is safer: the flag is in the list of processes.',
    envar: 'DATA_SOURCE_NAME',
  },
  {
    name: 'config.my-cnf',
    kind: 'value',
    shown: `"${DEFAULT_FILE}"`,
    help: 'Option file with a section [client], and others for the auth_module of /probe, which need not be there if it is not named; read again by SIGHUP and POST /-/reload.',
  },
  {
    name: 'tls.insecure-skip-verify',
    kind: 'switch',
    help: 'Speak TLS with the servers, and do not verify their certificates.',
  },
  {
    name: 'exporter.log_slow_filter',
    kind: 'switch',
    help: "Keep the statements of scrapes out of the server's log of slow queries, unless they need a table or a sort on disk. MariaDB and Percona Server can do that.",
  },
  ...[...MYSQL_COLLECTORS].map(([name, isOn]): FlagDefinition => ({
    ...{ name: `collect.${name}`, kind: 'switch' },
    help: `Ask for ${name}; ${isOn ? 'on' : 'off'} unless told otherwise.`,
  })),
  ...COLLECTOR_FLAGS,
];

/** Reads the values of the flags; throws UsageError. */
export function readMysqlSettings(values: FlagValues): ExporterSettings {
  const given = values.text('config.my-cnf', '');
  const file = given === '' && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : given;
  const access = {
    ...addressOf(values.text('mysqld.address', DEFAULT_ADDRESS)),
    file,
    source: values.text('data-source.name', ''),
    user: values.text('mysqld.username', ''),
    password: values.text('mysqld.password', ''),
    skipVerification: values.isOn('tls.insecure-skip-verify'),
    hasSlowFilter: values.isOn('exporter.log_slow_filter'),
    credentialsFor: values.given('mysqld.credentials-for'),
    timeoutSeconds: TIMEOUT_SECONDS,
    collectors: Object.fromEntries(
      [...MYSQL_COLLECTORS].map(([name, isOn]) => [name, values.text(`collect.${name}`, `${isOn}`) === 'true']),
    ),
    collectorOptions: readCollectorOptions(values),
  };
  return {
    withOwnMetrics: true,
    leftOut: new Set(),
    // As upstream: also where there is nothing to read again.
    isReloadable: true,
    plan: (env, isStart) => planMysql(access, env, isStart),
  };
}

function addressOf(text: string): { readonly host: string; readonly port: string } {
  try {
    const { host, port } = splitHostPort(text);
    // `unix:///path` has no port.
    if (host !== 'unix' && !/^\d{1,5}$/.test(port)) throw new Error(`${JSON.stringify(port)} is no port`);
    return { host: host === '' ? 'localhost' : host, port };
  } catch (error) {
    throw new UsageError(`invalid value for flag '--mysqld.address': ${messageOf(error)}`);
  }
}

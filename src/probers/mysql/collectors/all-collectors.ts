import { BINLOG_SIZE } from './binlog-size.js';
import { ENGINE_STATUS_COLLECTORS } from './engine-status.js';
import { GLOBAL_STATUS } from './global-status.js';
import { GLOBAL_VARIABLES } from './global-variables.js';
import { GROUP_REPLICATION_COLLECTORS } from './group-replication.js';
import { HEARTBEAT } from './heartbeat.js';
import { INFO_SCHEMA_COLLECTORS } from './info-schema-views.js';
import { INNODB_METRICS } from './innodb-metrics.js';
import { INNODB_TABLESPACES } from './innodb-tablespaces.js';
import type { MysqlCollector } from './mysql-server.js';
import { MYSQL_USER } from './mysql-user.js';
import { PERF_SCHEMA_COLLECTORS } from './perf-schema-views.js';
import { PROCESSLIST } from './processlist.js';
import { QUERY_RESPONSE_TIME } from './query-response-time.js';
import { REPLICA_HOST } from './replica-host.js';
import { ROCKSDB_PERF_CONTEXT } from './rocksdb-perf-context.js';
import { SLAVE_HOSTS } from './slave-hosts.js';
import { SLAVE_STATUS } from './slave-status.js';
import { STATEMENT_DIGESTS } from './statement-digests.js';
import { USERSTAT_COLLECTORS } from './userstat-tables.js';

export type { MysqlCollector } from './mysql-server.js';

/** The collectors that can be turned on and off, by the names of mysqld_exporter. */
export const ALL_COLLECTORS: readonly MysqlCollector[] = [
  GLOBAL_STATUS,
  GLOBAL_VARIABLES,
  SLAVE_STATUS,
  QUERY_RESPONSE_TIME,
  ...INFO_SCHEMA_COLLECTORS,
  BINLOG_SIZE,
  INNODB_METRICS,
  INNODB_TABLESPACES,
  ...ENGINE_STATUS_COLLECTORS,
  ROCKSDB_PERF_CONTEXT,
  HEARTBEAT,
  SLAVE_HOSTS,
  REPLICA_HOST,
  PROCESSLIST,
  MYSQL_USER,
  STATEMENT_DIGESTS,
  ...PERF_SCHEMA_COLLECTORS,
  ...GROUP_REPLICATION_COLLECTORS,
  ...USERSTAT_COLLECTORS,
];

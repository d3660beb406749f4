import type { CollectorSpec } from '../../server-client/view.js';
import { ACTIVITY } from './activity.js';
import { CONFLICT_METRICS, DATABASE_COLLECTORS } from './database-views.js';
import { OPTIONAL_COLLECTORS } from './optional-views.js';
import { PROCESS_IDLE } from './process-idle.js';
import { REPLICATION_COLLECTORS, REPLICATION_METRICS } from './replication-views.js';
import { databaseCollector, SERVER_COLLECTORS } from './server-views.js';
import { type StatementOptions, statementsCollector } from './statements.js';
import { TABLE_COLLECTORS } from './table-views.js';

export { SETTINGS } from './settings.js';
export type { CollectorSpec } from '../../server-client/view.js';

/** The metrics that postgres_exporter has beside its collectors, unless told otherwise. */
export const DEFAULT_METRICS: readonly CollectorSpec[] = [ACTIVITY, CONFLICT_METRICS, ...REPLICATION_METRICS];

/** The module's options for single collectors. */
export interface CollectorOptions {
  readonly statements: StatementOptions;
  /** Databases that the collector `database` leaves out. */
  readonly withoutDatabases: readonly string[];
}

/** The collectors that can be turned on and off, by the names of postgres_exporter. */
export function allCollectors({ statements, withoutDatabases }: CollectorOptions): readonly CollectorSpec[] {
  return [
    databaseCollector(withoutDatabases),
    ...SERVER_COLLECTORS,
    ...DATABASE_COLLECTORS,
    ...REPLICATION_COLLECTORS,
    ...TABLE_COLLECTORS,
    ...OPTIONAL_COLLECTORS,
    PROCESS_IDLE,
    statementsCollector(statements),
  ];
}

import { ACTIVITY } from './activity.js';
import { CONFLICT_METRICS, DATABASE_COLLECTORS } from './database-views.js';
import { REPLICATION_COLLECTORS, REPLICATION_METRICS } from './replication-views.js';
import { SERVER_COLLECTORS } from './server-views.js';
import { TABLE_COLLECTORS } from './table-views.js';
import type { CollectorSpec } from './view.js';

export { SETTINGS } from './settings.js';
export type { CollectorSpec } from './view.js';

/** The metrics that postgres_exporter has beside its collectors, unless told otherwise. */
export const DEFAULT_METRICS: readonly CollectorSpec[] = [ACTIVITY, CONFLICT_METRICS, ...REPLICATION_METRICS];

/** The collectors that can be turned on and off, by the names of postgres_exporter. */
export const ALL_COLLECTORS: readonly CollectorSpec[] = [
  ...SERVER_COLLECTORS,
  ...DATABASE_COLLECTORS,
  ...REPLICATION_COLLECTORS,
  ...TABLE_COLLECTORS,
];

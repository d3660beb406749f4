import { buildInfoMetrics } from '../../../metrics/build-info.js';
import { gauge } from '../../../metrics/metric-definition.js';
import type { ServerExporter } from '../server-exporter.js';
import { PostgresFacts } from './postgres-facts.js';
import { POSTGRES_FLAGS, readPostgresSettings } from './postgres-flags.js';
import { readProbeQuery } from './postgres-probe-query.js';
import { POSTGRES_UNSERVED } from './postgres-unserved.js';

/** postgres_exporter: one server on its telemetry path, any other by `/probe?target=`. */
export const POSTGRES_EXPORTER: ServerExporter = {
  name: 'postgres',
  what: 'PostgreSQL metrics',
  about:
    'Answer Prometheus with the metrics of a PostgreSQL server, or of any that /probe?target= names: a drop-in replacement for postgres_exporter.',
  standardAddress: ':9187',
  flags: POSTGRES_FLAGS,
  unserved: POSTGRES_UNSERVED,
  envars: new Map([['web.telemetry-path', 'PG_EXPORTER_WEB_TELEMETRY_PATH']]),
  read: readPostgresSettings,
  configGauges: {
    successful: gauge(
      'postgres_exporter_config_last_reload_successful',
      'Postgres exporter config loaded successfully.',
    ),
    timestamp: gauge(
      'postgres_exporter_config_last_reload_success_timestamp_seconds',
      'Timestamp of the last successful configuration reload.',
    ),
  },
  buildInfo: (build) => buildInfoMetrics(build, 'postgres_exporter'),
  facts: () => new PostgresFacts(),
  byTarget: { path: '/probe', read: readProbeQuery },
};

import { HttpError } from '../../../http/answers/http-reply.js';
import type { QueryParameters } from '../../../http/routes/query-parameters.js';
import { buildInfoMetrics } from '../../../metrics/build-info.js';
import type { NamedTarget, ScrapeFacts, ServerExporter } from '../server-exporter.js';
import { MYSQL_FLAGS, readMysqlSettings } from './mysql-flags.js';
import { MYSQL_UNSERVED } from './mysql-unserved.js';

/** The exporter has no metrics about its scrapes besides those of the prober. */
const NO_FACTS: ScrapeFacts = { ended: () => undefined, refused: () => undefined, families: () => [] };

/** mysqld_exporter: one server on its telemetry path, any other by `/probe?target=`. */
export const MYSQL_EXPORTER: ServerExporter = {
  name: 'mysql',
  what: 'MySQL metrics',
  about:
    'Answer Prometheus with the metrics of a MySQL or MariaDB server, or of any that /probe?target= names: a drop-in replacement for mysqld_exporter.',
  standardAddress: ':9104',
  flags: MYSQL_FLAGS,
  unserved: MYSQL_UNSERVED,
  envars: new Map(),
  read: readMysqlSettings,
  buildInfo: (build) => buildInfoMetrics(build, 'mysqld_exporter'),
  facts: () => NO_FACTS,
  reloads: { takesGet: true },
  byTarget: { path: '/probe', read: readProbeQuery },
  chosenBy: 'collect[]',
};

/** Reads the query of `/probe`, in mysqld_exporter's words. */
function readProbeQuery(query: QueryParameters): NamedTarget {
  const target = query.get('target') ?? '';
  if (target === '') throw new HttpError(400, 'target is required');
  const login = query.get('auth_module') ?? '';
  return { target, ...(login !== '' && { login }) };
}

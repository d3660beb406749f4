import { buildInfoMetrics } from '../../../metrics/build-info.js';
import type { ScrapeFacts, ServerExporter } from '../server-exporter.js';
import { NGINX_FLAGS, NGINX_UNSERVED, readNginxSettings } from './nginx-flags.js';

/** The exporter has no metrics about its scrapes besides nginx_up, which the prober sets. */
const NO_FACTS: ScrapeFacts = { ended: () => undefined, refused: () => undefined, families: () => [] };

/** nginx-prometheus-exporter: one page of stub_status, or several. */
export const NGINX_EXPORTER: ServerExporter = {
  name: 'nginx',
  what: 'NGINX metrics',
  about:
    'Answer Prometheus with the metrics of NGINX, from its page of stub_status: a drop-in replacement for nginx-prometheus-exporter.',
  standardAddress: ':9113',
  flags: NGINX_FLAGS,
  unserved: NGINX_UNSERVED,
  // Upstream's rule: the name without `web.`.
  envars: new Map([
    ['web.listen-address', 'LISTEN_ADDRESS'],
    ['web.config.file', 'CONFIG_FILE'],
    ['web.systemd-socket', 'SYSTEMD_SOCKET'],
    ['web.telemetry-path', 'TELEMETRY_PATH'],
  ]),
  read: readNginxSettings,
  buildInfo: (build) => buildInfoMetrics(build, 'nginx_exporter'),
  facts: () => NO_FACTS,
};

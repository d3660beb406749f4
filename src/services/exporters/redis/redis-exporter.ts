import type { ServerExporter } from '../server-exporter.js';
import { NO_CLUSTER, nodesReply } from './cluster-nodes.js';
import { redisBuildInfo } from './redis-build-info.js';
import { RedisFacts } from './redis-facts.js';
import { readRedisSettings, REDIS_FLAGS } from './redis-flags.js';
import { readScrapeQuery } from './redis-scrape-query.js';
import { REDIS_UNSERVED } from './redis-unserved.js';

/** redis_exporter: one server on its telemetry path, any other by `/scrape?target=`. */
export const REDIS_EXPORTER: ServerExporter = {
  name: 'redis',
  what: 'Redis metrics',
  about:
    'Answer Prometheus with the metrics of a Redis server, or of any that /scrape?target= names: a drop-in replacement for redis_exporter.',
  standardAddress: ':9121',
  flags: REDIS_FLAGS,
  unserved: REDIS_UNSERVED,
  envars: new Map([
    ['web.listen-address', 'REDIS_EXPORTER_WEB_LISTEN_ADDRESS'],
    ['web.telemetry-path', 'REDIS_EXPORTER_WEB_TELEMETRY_PATH'],
  ]),
  read: readRedisSettings,
  buildInfo: redisBuildInfo,
  facts: (clock) => new RedisFacts(clock),
  reloads: { takesGet: true, refusal: 'There is no pwd file specified' },
  nodes: { path: '/discover-cluster-nodes', refusal: NO_CLUSTER, reply: nodesReply },
  byTarget: { path: '/scrape', hasBuildInfo: true, read: readScrapeQuery },
};

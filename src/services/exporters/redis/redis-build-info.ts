import type { BuildFacts } from '../../../metrics/build-info.js';
import { gauge } from '../../../metrics/metric-definition.js';
import type { Gatherer } from '../../../metrics/metric-family.js';
import { MetricSet } from '../../../metrics/metric-set.js';

const buildInfo = gauge('redis_exporter_build_info', 'redis exporter build_info', [
  'build_date',
  'commit_sha',
  'golang_version',
  'version',
]);

/**
 * The build metric of redis_exporter, which has labels of its own. The date is empty, since builds of Sonde have none.
 */
export function redisBuildInfo({ version, revision, nodeVersion }: BuildFacts): Gatherer {
  const metrics = new MetricSet();
  const golang_version = `node${nodeVersion.replace(/^v/, '')}`;
  metrics.setWith(buildInfo, { build_date: 'unknown', commit_sha: revision, golang_version, version }, 1);
  return () => metrics.families();
}

import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { shownText } from '../../values/shown-text.js';
import { readPairs } from './redis-info.js';
import { sentinelGauges, sentinelSentinels, sentinelSlaves, sentinelStatus } from './redis-metrics.js';

/** The lines of masters are numbered; a sentinel that watches more shows the first ones. */
const WATCHED = /^master\d{1,3}$/;

/**
 * A line of INFO's section Sentinel, such as
 * `master0:name=user03,status=sdown,address=192.169.2.52:6381,slaves=1,sentinels=5`. Returns whether it was taken.
 */
export function reportWatched(field: string, value: string, metrics: MetricSet): boolean {
  const metric = sentinelGauges.get(field);
  if (metric !== undefined) metrics.set(metric, parseFloatText(value) ?? 0);
  if (metric !== undefined || !WATCHED.test(field)) return metric !== undefined;
  const pairs = readPairs(value);
  const slaves = parseFloatText(pairs?.get('slaves') ?? '');
  const sentinels = parseFloatText(pairs?.get('sentinels') ?? '');
  if (pairs === undefined || slaves === undefined || sentinels === undefined) return true;
  const of = (key: string): string => shownText(pairs.get(key) ?? '');
  const labels = { master_name: of('name'), master_address: of('address') };
  const status = of('status');
  metrics.setWith(sentinelStatus, { ...labels, master_status: status }, status === 'ok' ? 1 : 0);
  metrics.setWith(sentinelSlaves, labels, slaves);
  metrics.setWith(sentinelSentinels, labels, sentinels);
  return true;
}

import { sendFamilies } from '../../http/answers/send-metrics.js';
import type { Route } from '../../http/exchange.js';
import { gatherAll } from '../../metrics/gather-all.js';
import type { Gatherer, MetricFamily } from '../../metrics/metric-family.js';
import type { ScrapeCode } from '../own-metrics.js';
import type { ProberMetrics } from './prober-metrics.js';

/** `GET /metrics`: the service's own metrics, families in the order of their names. */
export function metricsRoute(gatherers: readonly Gatherer[], metrics: ProberMetrics): Route {
  return async (exchange) => {
    metrics.scrapes.began();
    let code: ScrapeCode = '500';
    try {
      await sendFamilies(exchange, shown(await gatherAll(gatherers)));
      code = '200';
    } finally {
      metrics.scrapes.ended(code);
    }
  };
}

/** A histogram that has not seen anything yet has no series; its HELP line alone would say nothing. */
function shown(families: readonly MetricFamily[]): readonly MetricFamily[] {
  return families.filter(({ samples }) => samples.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}

import { sendMetrics, wantedFormat } from '../../http/answers/send-metrics.js';
import { writeExposition } from '../../http/answers/write-exposition.js';
import type { Route } from '../../http/exchange.js';
import type { Gatherer, MetricFamily } from '../../metrics/metric-family.js';
import type { ProberMetrics } from './prober-metrics.js';

/** `GET /metrics`: what the service says about itself, families in the order of their names. */
export function metricsRoute(gatherers: readonly Gatherer[], metrics: ProberMetrics): Route {
  return async ({ request, response }) => {
    metrics.scrapeBegan();
    let code: '200' | '500' = '500';
    try {
      const families = await gatherAll(gatherers);
      const format = wantedFormat(request);
      await sendMetrics(request, response, { format, body: writeExposition(families, format) });
      code = '200';
    } finally {
      metrics.scrapeEnded(code);
    }
  };
}

/** A histogram that has not seen anything yet has no series; its HELP line alone would say nothing. */
async function gatherAll(gatherers: readonly Gatherer[]): Promise<MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const gather of gatherers) families.push(...(await gather()));
  return families.filter(({ samples }) => samples.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}

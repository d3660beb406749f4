import type { Gatherer, MetricFamily } from '../metrics/metric-family.js';
import { writeDelimitedProtobuf } from '../metrics/write-protobuf.js';
import type { Exposition, ExpositionBuilder } from '../push/exposition.js';
import type { Route } from './exchange.js';
import type { PushMetrics } from './push-metrics.js';
import { sendMetrics, wantedFormat } from './send-metrics.js';

export interface PushScrapeOptions {
  readonly builder: ExpositionBuilder;
  readonly gatherers: readonly Gatherer[];
  readonly metrics: PushMetrics;
}

/** `GET` on the telemetry path: what was pushed and what the service says about itself. Never fails because of a push. */
export function pushScrapeRoute(options: PushScrapeOptions): Route {
  return async ({ request, response }) => {
    const exposition = await expose(options);
    const format = wantedFormat(request);
    const body =
      format.kind === 'text'
        ? Buffer.concat(exposition.text(format.escaping))
        : writeDelimitedProtobuf(exposition.families(), format.escaping);
    sendMetrics(request, response, { format, body });
  };
}

/** How much had to be left out is itself shown, so it has to be known before. */
async function expose({ builder, gatherers, metrics }: PushScrapeOptions): Promise<Exposition> {
  const exposition = builder.build(await gatherAll(gatherers));
  if (!metrics.setLeftOut(exposition.leftOut)) return exposition;
  return builder.build(await gatherAll(gatherers));
}

async function gatherAll(gatherers: readonly Gatherer[]): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const gather of gatherers) families.push(...(await gather()));
  return families;
}

import type { Gatherer, MetricFamily } from '../metrics/metric-family.js';
import type { Exposition, ExpositionBuilder } from '../push/exposition.js';
import type { Route } from './exchange.js';
import type { PushMetrics } from './push-metrics.js';
import { sendMetrics, wantedFormat, wantsGzip } from './send-metrics.js';
import { sendPieces } from './send-pieces.js';
import { writeExposition } from './write-exposition.js';

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
    if (format.kind !== 'text') {
      sendMetrics(request, response, { format, body: writeExposition(exposition.families(), format) });
      return;
    }
    const pieces = exposition.text(format.escaping);
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= WHOLE_BYTES) sendMetrics(request, response, { format, body: Buffer.concat(pieces) });
    else await sendPieces(response, { contentType: format.contentType, pieces, isGzip: wantsGzip(request) });
  };
}

/** A longer text is sent in pieces, which are those that are stored: who reads slowly holds no copy of it. */
const WHOLE_BYTES = 256 * 1024;

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

import { sendMetricPieces, wantedFormat } from '../../../http/answers/send-metrics.js';
import { protobufPieces } from '../../../http/answers/write-exposition.js';
import type { Exchange, Route } from '../../../http/exchange.js';
import { gatherAll } from '../../../metrics/gather-all.js';
import type { Gatherer } from '../../../metrics/metric-family.js';
import type { Exposition } from '../../../push/shown/exposition.js';
import type { ExpositionBuilder } from '../../../push/shown/exposition-builder.js';
import type { GroupKeeper } from '../../../push/store/group-keeper.js';
import type { Clock } from '../../../values/clock.js';
import { sharedRuns } from '../../shared-runs.js';
import { assertCurrent } from '../current-groups.js';
import type { PushMetrics } from '../push-metrics.js';
import { HeldStates } from './held-states.js';

/** The dependencies of a scrape. */
export interface PushScrapeOptions {
  readonly groups: Pick<GroupKeeper, 'current'>;
  readonly builder: ExpositionBuilder;
  readonly gatherers: readonly Gatherer[];
  readonly metrics: PushMetrics;
  readonly clock: Pick<Clock, 'monotonicSeconds'>;
}

/**
 * `GET` on the telemetry path: what was pushed and what the service says about itself. Never fails because of a push;
 * 503 where the store, on disk or shared, does not say what was pushed.
 */
export function pushScrapeRoute(options: PushScrapeOptions): Route {
  const states = new HeldStates(options.clock);
  // Scrapes that come together show the same.
  const exposed = sharedRuns(() => expose(options));
  return async (exchange) => {
    await assertCurrent(options.groups);
    await sendExposition(exchange, await exposed(), states);
  };
}

async function sendExposition(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  exposition: Exposition,
  states: HeldStates,
): Promise<void> {
  const format = wantedFormat(request);
  const form = `${format.kind} ${format.escaping}`;
  const pieces =
    format.kind === 'text'
      ? exposition.text(format.escaping)
      : exposition.written(form, (family, samples) => protobufPieces(family, samples, format));
  const held = states.hold(pieces, `${exposition.state} ${form}`, response);
  await sendMetricPieces(request, response, { format, pieces: held });
}

/**
 * Builds the exposition, which itself shows how much had to be left out. If that number has changed, it is built again.
 */
async function expose({ builder, gatherers, metrics }: PushScrapeOptions): Promise<Exposition> {
  const exposition = await builder.build(await gatherAll(gatherers));
  if (!metrics.setLeftOut(exposition.leftOut)) return exposition;
  return builder.build(await gatherAll(gatherers));
}

import { HttpError } from '../../../http/answers/http-reply.js';
import { sendMetricPieces, wantedFormat } from '../../../http/answers/send-metrics.js';
import { protobufPieces } from '../../../http/answers/write-exposition.js';
import type { Route, WebRequest } from '../../../http/exchange.js';
import { MOST_PUSH_SCRAPES } from '../../../http/listeners/server-limits.js';
import { gatherAll } from '../../../metrics/gather-all.js';
import type { Gatherer } from '../../../metrics/metric-family.js';
import type { Exposition } from '../../../push/shown/exposition.js';
import type { ExpositionBuilder } from '../../../push/shown/exposition-builder.js';
import type { GroupKeeper } from '../../../push/store/group-keeper.js';
import type { Clock } from '../../../values/clock.js';
import { assertCurrent } from '../current-groups.js';
import type { PushMetrics } from '../push-metrics.js';
import { type ScrapePlace, ScrapePlaces } from './scrape-places.js';

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
  const places = new ScrapePlaces(options.clock);
  return async ({ request, response }) => {
    const place = places.take(response);
    if (place === undefined) {
      throw new HttpError(503, `Limit of concurrent requests reached (${MOST_PUSH_SCRAPES}), try again later.`);
    }
    try {
      await scrape(request, place, options);
    } finally {
      places.leave(place);
    }
  };
}

async function scrape(request: WebRequest, place: ScrapePlace, options: PushScrapeOptions): Promise<void> {
  await assertCurrent(options.groups);
  const exposition = await expose(options);
  const format = wantedFormat(request);
  const pieces =
    format.kind === 'text'
      ? exposition.text(format.escaping)
      : exposition.written(`${format.kind} ${format.escaping}`, (family, samples) =>
          protobufPieces(family, samples, format),
        );
  await sendMetricPieces(request, place.response, { format, pieces: place.follow(pieces) });
}

/**
 * Builds the exposition, which itself shows how much had to be left out. If that number has changed, it is built again.
 */
async function expose({ builder, gatherers, metrics }: PushScrapeOptions): Promise<Exposition> {
  const exposition = await builder.build(await gatherAll(gatherers));
  if (!metrics.setLeftOut(exposition.leftOut)) return exposition;
  return builder.build(await gatherAll(gatherers));
}

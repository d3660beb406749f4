import { sendWhole, textReply } from '../../http/answers/http-reply.js';
import { prefersHtml, varyingByAccept } from '../../http/answers/prefers-html.js';
import { sendMetrics, wantedFormat } from '../../http/answers/send-metrics.js';
import { writeExposition } from '../../http/answers/write-exposition.js';
import type { Exchange, Route } from '../../http/exchange.js';
import { parseQuery } from '../../http/routes/query-parameters.js';
import { type LogFormat, logFormatters } from '../../log/log-format.js';
import { writeMetricSet } from '../../metrics/write-text.js';
import type { HistoryItem } from '../../probe/history.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ProbeOutcome } from '../../probe/run-probe.js';
import { inSlices } from '../../values/in-slices.js';
import { debugText } from './debug-text.js';
import { type ReportPageOptions, reportReply } from './pages/report-page.js';
import { type ParsedProbeRequest, parseProbeRequest } from './parsed-probe-request.js';
import { historyItem, type OrderOptions, runOrder } from './run-order.js';

/** What `/probe` needs. */
export interface ProbeRouteOptions extends OrderOptions {
  /** The modules as they are now; a probe keeps the module that it started with. */
  readonly modules: () => ReadonlyMap<string, ProbeModule>;
  readonly timeoutOffsetSeconds: number;
  readonly logFormat: LogFormat;
  readonly pages: ReportPageOptions;
}

/** `GET /probe`: runs one probe and answers with its metrics, with status 200 also when the probe failed. */
export function probeRoute(options: ProbeRouteOptions): Route {
  const { metrics, timeoutOffsetSeconds } = options;
  const onUnknownModule = (): void => {
    metrics.unknownModule();
  };
  return async (exchange) => {
    const { request, query } = exchange;
    const modules = options.modules();
    const order = await parseProbeRequest(request.headers, parseQuery(query), {
      modules,
      timeoutOffsetSeconds,
      onUnknownModule,
    });
    const outcome = await runOrder(order, exchange, options);
    await answer({ order, outcome }, exchange, options);
  };
}

/** The metrics are written also for a client that is gone: their size is what the history goes by. */
function answer(
  { order, outcome }: { order: ParsedProbeRequest; outcome: ProbeOutcome },
  exchange: Exchange,
  options: ProbeRouteOptions,
): Promise<void> | undefined {
  const { history } = options;
  const { request, response } = exchange;
  const item = historyItem(order, outcome);
  if (order.debug) return sendExplanation(item, exchange, options);
  const format = wantedFormat(request);
  const body =
    format.kind === 'text'
      ? writeMetricSet(outcome.metrics, format.escaping)
      : writeExposition(outcome.metrics.families(), format);
  history.add(item, body.length);
  return sendMetrics(request, response, { format, body });
}

/** What `debug=true` answers: a page for browsers, the text that tools know for all others. */
async function sendExplanation(
  item: HistoryItem,
  { request, response }: Exchange,
  options: ProbeRouteOptions,
): Promise<void> {
  const { history, logFormat, pages } = options;
  const body = await inSlices(debugText(item, logFormatters[logFormat]));
  const id = history.add(item, body.length);
  const reply = prefersHtml(request)
    ? await inSlices(reportReply({ item, id, request, up: '' }, pages))
    : textReply(body);
  await sendWhole(response, varyingByAccept(reply));
}

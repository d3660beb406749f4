import { sendWhole, textReply } from '../../http/answers/http-reply.js';
import { prefersHtml, varyingByAccept } from '../../http/answers/prefers-html.js';
import { sendMetrics, setWrittenFor, type WrittenMetrics } from '../../http/answers/send-metrics.js';
import type { Exchange, Route } from '../../http/exchange.js';
import { parseQuery } from '../../http/routes/query-parameters.js';
import { type LogFormat, logFormatters } from '../../log/log-format.js';
import type { HistoryItem } from '../../probe/history.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ProbeOutcome } from '../../probe/run-probe.js';
import { inSlices } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import { AnswerWriter } from './answer-writer.js';
import { debugText } from './debug-text.js';
import { type ReportPageOptions, reportReply } from './pages/report-page.js';
import { type ParsedProbeRequest, parseProbeRequest } from './parsed-probe-request.js';
import { historyItem, type RunOptions, runRequest } from './run-request.js';

/** The dependencies of `/probe`. */
export interface ProbeRouteOptions extends RunOptions {
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
    const read = { modules, timeoutOffsetSeconds, onUnknownModule };
    const parsing = parseProbeRequest(request.headers, parseQuery(query), read);
    const parsed = parsing instanceof Promise ? await parsing : parsing;
    const writer = new AnswerWriter(request, options.clock);
    const outcome = await runRequest(parsed, exchange, options, writer.writeLong);
    // Many probes may end at the same moment, by their deadline or because their target is gone.
    if (loopTurns.isDue || loopTurns.isOver()) await loopTurns.soon();
    return answer({ parsed, outcome, written: writer.written }, exchange, options);
  };
}

interface Answer {
  readonly parsed: ParsedProbeRequest;
  readonly outcome: ProbeOutcome;
  /** The metrics, if they were long. */
  readonly written: WrittenMetrics | undefined;
}

/** Writes the answer, also if the client has gone: the history needs the size of the metrics. */
function answer(
  { parsed, outcome, written: ofLong }: Answer,
  exchange: Exchange,
  options: ProbeRouteOptions,
): Promise<void> | undefined {
  const { history } = options;
  const { request, response } = exchange;
  const item = historyItem(parsed, outcome);
  if (parsed.debug) return sendExplanation(item, exchange, options);
  const written = ofLong ?? setWrittenFor(request, outcome.metrics);
  history.add(item, written.body.length);
  return sendMetrics(request, response, written);
}

/** Sends the answer to `debug=true`: a page for browsers, upstream's text for other clients. */
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

import { HttpError, sendWhole, textReply } from '../../http/answers/http-reply.js';
import { prefersHtml, varyingByAccept } from '../../http/answers/prefers-html.js';
import type { Route } from '../../http/exchange.js';
import { parseQuery, type QueryParameters } from '../../http/routes/query-parameters.js';
import { type LogFormat, logFormatters } from '../../log/log-format.js';
import type { History, HistoryEntry } from '../../probe/history.js';
import { inSlices } from '../../values/in-slices.js';
import { debugText } from './debug-text.js';
import { type ReportPageOptions, reportReply } from './pages/report-page.js';

/** `GET /logs?id=` or `?target=[&module=]`: one probe of the history, as a page for browsers, else as debug text. */
export function logsRoute(pages: ReportPageOptions, logFormat: LogFormat): Route {
  return async ({ request, response, query }) => {
    const item = findEntry(pages.history, parseQuery(query));
    const reply = prefersHtml(request)
      ? await inSlices(reportReply({ item, id: item.id, request, up: '' }, pages))
      : textReply(await inSlices(debugText(item, logFormatters[logFormat])));
    await sendWhole(response, varyingByAccept(reply));
  };
}

function findEntry(history: History, parameters: QueryParameters): HistoryEntry {
  const id = readId(parameters.get('id'));
  const target = parameters.get('target') ?? '';
  const module = parameters.get('module') ?? '';
  if (id !== undefined && target !== '') {
    throw new HttpError(400, "Probe id and target can't be defined at the same time");
  }
  if (id === undefined && target === '') {
    throw new HttpError(400, 'Probe id or target must be defined as http query parameters');
  }
  if (module !== '' && target === '') {
    throw new HttpError(400, 'Probe module filter only works in conjunction with target parameter');
  }
  const entry = id === undefined ? history.byTarget(target, module === '' ? undefined : module) : history.byId(id);
  if (entry === undefined) throw new HttpError(404, id === undefined ? 'Probe target not found' : 'Probe id not found');
  return entry;
}

/** Upstream reads a decimal int64 and takes what is none, and -1, for absent. */
function readId(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?\d{1,18}$/.test(text)) return undefined;
  const id = Number(text);
  return id === -1 ? undefined : id;
}

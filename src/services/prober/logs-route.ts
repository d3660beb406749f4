import { HttpError, type Reply, sendWhole, textReply } from '../../http/answers/http-reply.js';
import { prefersHtml, varyingByAccept } from '../../http/answers/prefers-html.js';
import type { Route, WebRequest } from '../../http/exchange.js';
import { parseQuery, type QueryParameters } from '../../http/routes/query-parameters.js';
import { type LogFormat, logFormatters } from '../../log/log-format.js';
import type { History, HistoryEntry } from '../../probe/history.js';
import { inSlices } from '../../values/in-slices.js';
import { debugText } from './debug-text.js';
import { notKeptReply } from './pages/probe-page.js';
import { type ReportPageOptions, reportReply } from './pages/report-page.js';

/** `GET /logs?id=` or `?target=[&module=]`: one probe of the history, as a page for browsers, else as debug text. */
export function logsRoute(pages: ReportPageOptions, logFormat: LogFormat): Route {
  return async ({ request, response, query }) => {
    const wanted = parseWanted(parseQuery(query));
    const item = findProbe(pages.history, wanted);
    const reply = prefersHtml(request)
      ? await pageOf(item, request, pages)
      : textReply(await inSlices(debugText(item ?? notFound(wanted), logFormatters[logFormat])));
    await sendWhole(response, varyingByAccept(reply));
  };
}

function findProbe(history: History, { id, target, module }: WantedProbe): HistoryEntry | undefined {
  return id === undefined ? history.byTarget(target, module) : history.byId(id);
}

async function pageOf(item: HistoryEntry | undefined, request: WebRequest, pages: ReportPageOptions): Promise<Reply> {
  return item === undefined
    ? notKeptReply('')
    : await inSlices(reportReply({ item, id: item.id, request, up: '' }, pages));
}

function notFound({ id }: WantedProbe): never {
  throw new HttpError(404, id === undefined ? 'Probe target not found' : 'Probe id not found');
}

/** The probe that is asked for: by its id, or the last one of a target. */
interface WantedProbe {
  readonly id: number | undefined;
  readonly target: string;
  readonly module: string | undefined;
}

/** Throws HttpError, in upstream's words. */
function parseWanted(parameters: QueryParameters): WantedProbe {
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
  return { id, target, module: module === '' ? undefined : module };
}

/** Reads an id. Like upstream, it takes a decimal int64; anything else, and -1, counts as absent. */
function readId(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?\d{1,18}$/.test(text)) return undefined;
  const id = Number(text);
  return id === -1 ? undefined : id;
}

import { HttpError } from '../../http/answers/http-reply.js';
import { sendMetrics, wantedFormat } from '../../http/answers/send-metrics.js';
import { writeExposition } from '../../http/answers/write-exposition.js';
import type { Exchange, Route } from '../../http/exchange.js';
import { parseQuery, type QueryParameters } from '../../http/routes/query-parameters.js';
import type { BuildFacts } from '../../metrics/build-info.js';
import { goQuote } from '../../values/go/go-quote.js';
import { ALL_EXPORTERS } from '../exporters/all-exporters.js';
import type { ScrapeByTarget, ServerExporter } from '../exporters/server-exporter.js';
import { mergeFamilies, serverFamilies } from '../exporters/server-families.js';
import { type ParsedProbeRequest, parseProbeRequest } from './parsed-probe-request.js';
import type { ProbeRouteOptions } from './probe-route.js';
import { historyItem, runOrder } from './run-order.js';

/** What the endpoints of exporters need: what `/probe` needs, and the build. */
export interface ScrapeRouteOptions extends Omit<ProbeRouteOptions, 'pages' | 'logFormat'> {
  readonly build: BuildFacts;
}

const PROBE_PATH = '/probe';
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The endpoints of real exporters that let a request name the server, such as redis_exporter's `/scrape`. They run the
 * module that `module` names, or the one that is called like the exporter, and answer with what the exporter would. A
 * module without a login is enough for servers that need none; who may receive credentials, its module says.
 */
export function scrapeRoutes(options: ScrapeRouteOptions): readonly (readonly [path: string, route: Route])[] {
  return ALL_EXPORTERS.flatMap((exporter) =>
    // The prober has its own: `module` stands there in the place of upstream's word.
    exporter.byTarget === undefined || exporter.byTarget.path === PROBE_PATH
      ? []
      : [[exporter.byTarget.path, scrapeRoute(exporter, exporter.byTarget, options)]],
  );
}

function scrapeRoute(exporter: ServerExporter, byTarget: ScrapeByTarget, options: ScrapeRouteOptions): Route {
  const { clock, build, history } = options;
  const buildInfo = exporter.buildInfo(build);
  return async (exchange) => {
    const order = await readOrder(exchange, { exporter, byTarget, options });
    const facts = exporter.facts(clock);
    const outcome = await runOrder(order, exchange, options);
    facts.ended(outcome);
    const families = [...serverFamilies(outcome.metrics, NOTHING), ...facts.families(), ...(await buildInfo())];
    const format = wantedFormat(exchange.request);
    const body = writeExposition(mergeFamilies(families), format);
    history.add(historyItem(order, outcome), body.length);
    await sendMetrics(exchange.request, exchange.response, { format, body });
  };
}

interface Reading {
  readonly exporter: ServerExporter;
  readonly byTarget: ScrapeByTarget;
  readonly options: ScrapeRouteOptions;
}

/** The exporter's own reading of the query comes first, so that its words are the first to be heard. */
async function readOrder(
  { request, query }: Exchange,
  { exporter, byTarget, options }: Reading,
): Promise<ParsedProbeRequest> {
  const { metrics, probeLog } = options;
  const parameters = parseQuery(query);
  const { target, unserved } = byTarget.read(parameters);
  if (unserved.length > 0) probeLog.debug('Parameters are not served', { parameters: unserved.join(' '), target });
  const order = await parseProbeRequest(request.headers, asProbe(parameters, exporter.name, target), {
    modules: options.modules(),
    timeoutOffsetSeconds: options.timeoutOffsetSeconds,
    onUnknownModule: () => {
      metrics.unknownModule();
    },
  });
  if (order.module.prober === exporter.name) return order;
  throw new HttpError(400, `The module ${goQuote(order.module.name)} has another prober than ${exporter.name}`);
}

function asProbe(parameters: QueryParameters, name: string, target: string): QueryParameters {
  const module = parameters.get('module') ?? '';
  return new Map([...parameters, ['module', module === '' ? name : module], ['target', target]]);
}

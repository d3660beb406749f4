import { HttpError } from '../../http/answers/http-reply.js';
import { familiesPieces } from '../../http/answers/long-answer.js';
import { sendMetrics, wantedFormat, writtenFor } from '../../http/answers/send-metrics.js';
import type { Exchange, Route } from '../../http/exchange.js';
import { parseQuery, type QueryParameters } from '../../http/routes/query-parameters.js';
import type { BuildFacts } from '../../metrics/build-info.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { StreamedFamily } from '../../metrics/series-list.js';
import { goQuote } from '../../values/go/go-quote.js';
import { inSlices, type Steps } from '../../values/in-slices.js';
import { ALL_EXPORTERS } from '../exporters/all-exporters.js';
import type { ScrapeByTarget, ServerExporter } from '../exporters/server-exporter.js';
import { mergeFamilies, serverFamilies } from '../exporters/server-families.js';
import { AnswerWriter } from './answer-writer.js';
import { type ParsedProbeRequest, parseProbeRequest } from './parsed-probe-request.js';
import type { ProbeRouteOptions } from './probe-route.js';
import { historyItem, runRequest } from './run-request.js';

/** The dependencies of the exporters' endpoints: those of `/probe`, and the build. */
export interface ScrapeRouteOptions extends Omit<ProbeRouteOptions, 'pages' | 'logFormat'> {
  readonly build: BuildFacts;
}

const PROBE_PATH = '/probe';
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The endpoints of real exporters that let a request name the server, such as redis_exporter's `/scrape`. They run the
 * module that `module` names, or the one with the exporter's name, and answer with the exporter's metrics. For servers
 * without a login, a module without one is enough. A module with a login lists the targets that may receive it.
 */
export function scrapeRoutes(options: ScrapeRouteOptions): readonly (readonly [path: string, route: Route])[] {
  return ALL_EXPORTERS.flatMap((exporter) =>
    // `/probe` is left out, since the prober has its own; there `module` replaces upstream's parameter.
    exporter.byTarget === undefined || exporter.byTarget.path === PROBE_PATH
      ? []
      : [[exporter.byTarget.path, scrapeRoute(exporter, exporter.byTarget, options)]],
  );
}

function scrapeRoute(exporter: ServerExporter, byTarget: ScrapeByTarget, options: ScrapeRouteOptions): Route {
  const { clock, build, history } = options;
  const buildInfo = exporter.buildInfo(build);
  return async (exchange) => {
    const parsed = await readScrape(exchange, { exporter, byTarget, options });
    const { request } = exchange;
    const facts = exporter.facts(clock);
    const build = await buildInfo();
    const families = function* steps(metrics: MetricSet): Steps<readonly StreamedFamily[]> {
      const ofServer = yield* serverFamilies(metrics, NOTHING);
      return yield* mergeFamilies([...ofServer, ...facts.families(), ...build]);
    };
    const writer = new AnswerWriter(request, clock, (metrics) =>
      familiesPieces(families(metrics), wantedFormat(request)),
    );
    const outcome = await runRequest(parsed, exchange, options, (ended, dueSeconds) => {
      facts.ended([ended]);
      return writer.writeLong(ended, dueSeconds);
    });
    const written = writer.written ?? (await writtenFor(request, await inSlices(families(outcome.metrics))));
    history.add(historyItem(parsed, outcome), written.body.length);
    await sendMetrics(request, exchange.response, written);
  };
}

interface Reading {
  readonly exporter: ServerExporter;
  readonly byTarget: ScrapeByTarget;
  readonly options: ScrapeRouteOptions;
}

/** Reads a request. The exporter reads the query first, so that its error messages come first. */
async function readScrape(
  { request, query }: Exchange,
  { exporter, byTarget, options }: Reading,
): Promise<ParsedProbeRequest> {
  const { metrics } = options;
  const parameters = parseQuery(query);
  const { target, user } = byTarget.read(parameters);
  const parsed = await parseProbeRequest(request.headers, asProbe(parameters, exporter.name, target), {
    modules: options.modules(),
    timeoutOffsetSeconds: options.timeoutOffsetSeconds,
    onUnknownModule: () => {
      metrics.unknownModule();
    },
  });
  if (parsed.module.prober === exporter.name) return user === undefined ? parsed : loggingIn(parsed, user);
  throw new HttpError(400, `The module ${goQuote(parsed.module.name)} has another prober than ${exporter.name}`);
}

/** The user in the target logs in, with the password of the module. */
function loggingIn(parsed: ParsedProbeRequest, username: string): ParsedProbeRequest {
  return { ...parsed, request: { ...parsed.request, username } };
}

function asProbe(parameters: QueryParameters, name: string, target: string): QueryParameters {
  const module = parameters.get('module') ?? '';
  return new Map([...parameters, ['module', module === '' ? name : module], ['target', target]]);
}

import { HttpError, sendReply } from '../../http/answers/http-reply.js';
import { type Sending, writeFamilies, writeSetWith } from '../../http/answers/send-metrics.js';
import { endWhenClientLeaves, type Exchange, type Route } from '../../http/exchange.js';
import { parseQuery, type QueryParameters, queryValues } from '../../http/routes/query-parameters.js';
import { fillAll, type Filler, gatherAll } from '../../metrics/gather-all.js';
import type { Gatherer, Label, MetricFamily } from '../../metrics/metric-family.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { StreamedFamily } from '../../metrics/series-list.js';
import type { KeptConnection } from '../../net/kept-connection.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ProbeOutcome } from '../../probe/run-probe.js';
import { inSlices } from '../../values/in-slices.js';
import { assertNameLength } from '../name-length.js';
import type { ScrapeCode } from '../own-metrics.js';
import { clientOf } from '../prober/limits/who-asks.js';
import type { ScrapeMetrics } from '../scrape-metrics.js';
import type { ScrapeMemory } from './scrape-memory.js';
import { type ScrapeOptions, scrapeServer, scrapeTimeout, type ServerScrape } from './scrape-server.js';
import type {
  ConstantLabels,
  ExporterPlan,
  NamedTarget,
  NodesEndpoint,
  PlannedScrape,
  ScrapeByTarget,
  ScrapeFacts,
  ServerExporter,
} from './server-exporter.js';
import {
  isLeftOut,
  mergeFamilies,
  serverFamilies,
  withConstantLabels,
  withLabels,
  withNames,
} from './server-families.js';

/** The plan that is in force, with its modules compiled. */
export interface RunningPlan extends ExporterPlan {
  readonly compiled: ReadonlyMap<string, ProbeModule>;
  /** A place for the connection of each scrape of the telemetry path. */
  readonly places: readonly KeptConnection[];
  /** The scrape of the telemetry path before. */
  readonly memory: ScrapeMemory;
}

/** The dependencies of an exporter's routes. */
export interface ExporterRouteOptions extends ScrapeOptions {
  readonly exporter: ServerExporter;
  readonly plan: () => RunningPlan;
  /** The facts of all scrapes of the telemetry path. */
  readonly facts: ScrapeFacts;
  readonly leftOut: ReadonlySet<string>;
  readonly constant: ConstantLabels | undefined;
  /** The names of the families, as they are shown; undefined: their own. */
  readonly renamed: ((name: string) => string) | undefined;
  /** The build; undefined where the service says nothing about itself. */
  readonly buildInfo: Gatherer | undefined;
  readonly metrics: ScrapeMetrics;
  /** The service's own metrics, for its telemetry path. */
  readonly gatherers: readonly Gatherer[];
  readonly fillers: readonly Filler[];
}

/** The telemetry path: the servers that the command line names, and the service itself. */
export function telemetryRoute(options: ExporterRouteOptions): Route {
  const { metrics } = options;
  return async (exchange) => {
    metrics.scrapes.began();
    let code: ScrapeCode = '500';
    try {
      const send = await writtenScrape(exchange, options);
      await send();
      code = '200';
    } catch (error) {
      if (error instanceof HttpError && error.status === 503) code = '503';
      throw error;
    } finally {
      metrics.scrapes.ended(code);
    }
  };
}

/** Nothing but its own page is left of a scrape once this has come to its end. */
async function writtenScrape(exchange: Exchange, options: ExporterRouteOptions): Promise<Sending> {
  const { facts, gatherers, fillers } = options;
  const plan = options.plan();
  const { memory } = plan;
  const sets = await askServers(plan.scrapes, plan, { plan, exchange, options, facts });
  const servers = sets.map((metrics, at) => ({ metrics, labels: plan.scrapes[at]?.labels ?? [] }));
  const more = [...facts.families(), ...(plan.about ?? []), ...(await gatherAll(gatherers))];
  const own = memory.ownSet();
  await fillAll(own, fillers);
  const send = await writeAll(exchange, { servers, more, own, plan }, options);
  memory.keep(sets, own);
  return send;
}

/** The endpoint whose requests name the server. It shows the metrics about this scrape alone, as upstream does. */
export function byTargetRoute(byTarget: ScrapeByTarget, options: ExporterRouteOptions): Route {
  const written = writtenByTarget(byTarget, options);
  return async (exchange) => {
    const send = await written(exchange);
    await send();
  };
}

function writtenByTarget(
  byTarget: ScrapeByTarget,
  options: ExporterRouteOptions,
): (exchange: Exchange) => Promise<Sending> {
  const { exporter, buildInfo, clock } = options;
  return async (exchange) => {
    const named = readNamed(byTarget, exchange, options);
    const plan = options.plan();
    const facts = exporter.facts(clock);
    const scrape = {
      target: named.target,
      module: plan.moduleFor(named),
      ...(named.user !== undefined && { user: named.user }),
      params: parseQuery(exchange.query),
    };
    checkParameters(scrape, { plan, options });
    const sets = await askServers([scrape], undefined, { plan, exchange, options, facts });
    const build = buildInfo === undefined || byTarget.hasBuildInfo !== true ? [] : await buildInfo();
    const more = [...facts.families(), ...(plan.about ?? []), ...build];
    const servers = sets.map((metrics) => ({ metrics, labels: [] }));
    return writeAll(exchange, { servers, more, own: undefined, plan }, options);
  };
}

/** The endpoint that names the servers of a cluster. A parameter `target` is passed over, as upstream does. */
export function nodesRoute({ refusal, reply }: NodesEndpoint, options: ExporterRouteOptions): Route {
  return async (exchange) => {
    const plan = options.plan();
    const { nodes } = plan;
    if (nodes === undefined) throw new HttpError(400, refusal);
    const outcome = await scrapePlanned(nodes, { plan, exchange, options });
    sendReply(exchange.response, reply(outcome, nodes));
  };
}

function readNamed(byTarget: ScrapeByTarget, { query }: Exchange, { facts }: ExporterRouteOptions): NamedTarget {
  try {
    const named = byTarget.read(parseQuery(query));
    assertNameLength('Target', named.target);
    return named;
  } catch (error) {
    facts.refused();
    throw error;
  }
}

interface Asking {
  readonly plan: RunningPlan;
  readonly exchange: Exchange;
  readonly options: ExporterRouteOptions;
  readonly facts: ScrapeFacts;
}

/** A server, who logs in there if the request says so, and all parameters of a request that names it. */
interface Asked extends Pick<PlannedScrape, 'target' | 'module'>, Pick<NamedTarget, 'user'> {
  readonly params?: QueryParameters;
}

/** Throws an HttpError for parameters that the module cannot serve, and counts the request as one that is wrong. */
function checkParameters({ module, target, params }: Asked, { plan, options }: Pick<Asking, 'plan' | 'options'>): void {
  const refusal = plan.compiled.get(module)?.refuse({ target, ...(params && { params }) });
  if (refusal === undefined) return;
  options.facts.refused();
  throw new HttpError(400, refusal);
}

/** Asks all servers at once; `kept` is what scrapes keep for the next one. */
async function askServers(
  planned: readonly Asked[],
  kept: Pick<RunningPlan, 'places' | 'memory'> | undefined,
  { plan, exchange, options, facts }: Asking,
): Promise<readonly MetricSet[]> {
  const outcomes = await Promise.all(
    planned.map((each, at) =>
      scrapePlanned(each, { plan, exchange, options, place: kept?.places[at], metrics: kept?.memory.serverSet(at) }),
    ),
  );
  facts.ended(outcomes);
  return outcomes.map(({ metrics }) => metrics);
}

function scrapePlanned(
  { target, module: name, user: username, params }: Asked,
  { plan, exchange, options, place, metrics }: Omit<Asking, 'facts'> & Partial<Pick<ServerScrape, 'place' | 'metrics'>>,
): Promise<ProbeOutcome> {
  const module = plan.compiled.get(name);
  if (module === undefined) throw new Error(`the plan has no module ${name}`);
  const timeoutSeconds = scrapeTimeout(exchange.request, module);
  const end = endWhenClientLeaves(exchange);
  const collectors = chosenCollectors(exchange, options.exporter);
  const client = clientOf(exchange.request.socket.remoteAddress);
  return scrapeServer(
    { client, module, target, collectors, username, params, timeoutSeconds, end, place, metrics },
    options,
  );
}

/** The parts of an answer. */
interface Answer {
  readonly servers: readonly { readonly metrics: MetricSet; readonly labels: readonly Label[] }[];
  /** The families besides those of the servers. */
  readonly more: readonly MetricFamily[];
  /** The service's own metrics; undefined where the answer has none. */
  readonly own: MetricSet | undefined;
  readonly plan: RunningPlan;
}

/**
 * Writes the answer. The families of one server without further labels are written as they are; those of several are
 * merged first.
 */
async function writeAll(
  exchange: Exchange,
  { servers, more, own, plan: { labelled = [], memory } }: Answer,
  { leftOut, constant: given, renamed }: Pick<ExporterRouteOptions, 'leftOut' | 'constant' | 'renamed'>,
): Promise<Sending> {
  const [first] = servers;
  const constant = given && { ...given, isOf: (name: string) => given.isOf(name) || hasPrefix(name, labelled) };
  const isPlain = constant === undefined && renamed === undefined;
  const isOne = isPlain && servers.length === 1 && first?.labels.length === 0;
  const omits = (name: string): boolean => isLeftOut(name, leftOut);
  const remembered = own && { own, memory: memory.page };
  const sending = isOne ? await writeSetWith(exchange, first.metrics, { more, omits, ...remembered }) : undefined;
  if (sending !== undefined) return sending;
  const families: StreamedFamily[] = [...more, ...(own?.families() ?? [])];
  for (const { metrics, labels } of servers) {
    const ofServer = await inSlices(serverFamilies(metrics, leftOut));
    for (const family of withLabels(ofServer, labels)) families.push(family);
  }
  const all = withConstantLabels(families, constant);
  return writeFamilies(exchange, await inSlices(mergeFamilies(withNames(all, renamed))));
}

function hasPrefix(name: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => name.startsWith(prefix));
}

function chosenCollectors({ query }: Exchange, { chosenBy }: ServerExporter): ReadonlySet<string> | undefined {
  const names = chosenBy === undefined ? [] : queryValues(query, chosenBy);
  return names.length === 0 ? undefined : new Set(names);
}

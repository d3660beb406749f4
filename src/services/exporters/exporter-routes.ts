import { sendFamilies } from '../../http/answers/send-metrics.js';
import { endWhenClientLeaves, type Exchange, type Route } from '../../http/exchange.js';
import { parseQuery } from '../../http/routes/query-parameters.js';
import { gatherAll } from '../../metrics/gather-all.js';
import type { Gatherer, MetricFamily } from '../../metrics/metric-family.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ScrapeCode } from '../own-metrics.js';
import type { ScrapeMetrics } from '../scrape-metrics.js';
import { type ScrapeOptions, scrapeServer, scrapeTimeout } from './scrape-server.js';
import type {
  ExporterPlan,
  NamedTarget,
  PlannedScrape,
  ScrapeByTarget,
  ScrapeFacts,
  ServerExporter,
} from './server-exporter.js';
import { mergeFamilies, serverFamilies, withLabels } from './server-families.js';

/** The plan that is in force, with its modules compiled. */
export interface RunningPlan extends ExporterPlan {
  readonly compiled: ReadonlyMap<string, ProbeModule>;
}

/** What the routes of an exporter need. */
export interface ExporterRouteOptions extends ScrapeOptions {
  readonly exporter: ServerExporter;
  readonly plan: () => RunningPlan;
  /** The facts of all scrapes of the telemetry path. */
  readonly facts: ScrapeFacts;
  readonly leftOut: ReadonlySet<string>;
  /** The build; undefined where the service says nothing about itself. */
  readonly buildInfo: Gatherer | undefined;
  readonly metrics: ScrapeMetrics;
  /** What the service says about itself, on its telemetry path. */
  readonly gatherers: readonly Gatherer[];
}

/** The telemetry path: the servers that the command line names, and the service itself. */
export function telemetryRoute(options: ExporterRouteOptions): Route {
  const { metrics, facts, gatherers } = options;
  return async (exchange) => {
    metrics.scrapes.began();
    let code: ScrapeCode = '500';
    try {
      const plan = options.plan();
      const ofServers = await Promise.all(plan.scrapes.map((scrape) => one(scrape, plan, exchange)));
      const own = [...facts.families(), ...(await gatherAll(gatherers))];
      await sendFamilies(exchange, mergeFamilies([...ofServers.flat(), ...own]));
      code = '200';
    } finally {
      metrics.scrapes.ended(code);
    }
  };

  async function one(scrape: PlannedScrape, plan: RunningPlan, exchange: Exchange): Promise<readonly MetricFamily[]> {
    const families = await askServer(scrape, { plan, exchange, options, facts });
    return withLabels(families, scrape.labels);
  }
}

/** Where a request names the server. Each scrape tells of itself alone, as upstream's does. */
export function byTargetRoute(byTarget: ScrapeByTarget, options: ExporterRouteOptions): Route {
  const { exporter, buildInfo, clock, log } = options;
  return async (exchange) => {
    const named = readNamed(byTarget, exchange, options);
    if (named.unserved.length > 0) log.debug('Parameters are not served', { parameters: named.unserved.join(' ') });
    const plan = options.plan();
    const facts = exporter.facts(clock);
    const scrape = { target: named.target, module: plan.moduleFor(named) };
    const families = await askServer(scrape, { plan, exchange, options, facts });
    const build = buildInfo === undefined ? [] : await buildInfo();
    await sendFamilies(exchange, mergeFamilies([...families, ...facts.families(), ...build]));
  };
}

function readNamed(byTarget: ScrapeByTarget, { query }: Exchange, { facts }: ExporterRouteOptions): NamedTarget {
  try {
    return byTarget.read(parseQuery(query));
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

async function askServer(
  { target, module: name }: Pick<PlannedScrape, 'target' | 'module'>,
  { plan, exchange, options, facts }: Asking,
): Promise<readonly MetricFamily[]> {
  const module = plan.compiled.get(name);
  if (module === undefined) throw new Error(`the plan has no module ${name}`);
  const timeoutSeconds = scrapeTimeout(exchange.request, module);
  const end = endWhenClientLeaves(exchange.response);
  const outcome = await scrapeServer({ module, target, timeoutSeconds, end }, options);
  facts.ended(outcome);
  return serverFamilies(outcome.metrics, options.leftOut);
}

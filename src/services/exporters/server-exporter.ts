import type { FlagDefinition } from '../../flags/flag-definition.js';
import type { FlagValues } from '../../flags/flag-values.js';
import type { Reply } from '../../http/answers/http-reply.js';
import type { QueryParameters } from '../../http/routes/query-parameters.js';
import type { GivenAccess } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { BuildFacts } from '../../metrics/build-info.js';
import type { MetricDefinition } from '../../metrics/metric-definition.js';
import type { Gatherer, Label, MetricFamily } from '../../metrics/metric-family.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { ProbeOutcome } from '../../probe/run-probe.js';
import type { Clock } from '../../values/clock.js';
import type { FlagWarning, UnservedFlag } from './unserved-flags.js';

/**
 * A service that exports the metrics of one server, or of those that a request names, as the real exporter of its kind
 * does: a row of ALL_EXPORTERS. The prober of the same name asks the server.
 */
export interface ServerExporter {
  /** The name of its command and of its prober, such as `redis`. */
  readonly name: string;
  /** A noun for help texts and links. */
  readonly what: string;
  readonly about: string;
  /** The default address, with the port that users expect. */
  readonly standardAddress: string;
  /** The flags of upstream that it serves, besides those of the web and of the log. */
  readonly flags: readonly FlagDefinition[];
  /** The flags of upstream that it does not serve. */
  readonly unserved: readonly UnservedFlag[];
  /** Names of environment variables for flags of the web and the log. Key: the flag. */
  readonly envars: ReadonlyMap<string, string>;
  /** Reads the values of its flags; throws UsageError. */
  readonly read: (values: FlagValues) => ExporterSettings;
  /** Metrics about its own scrapes, beside those of the server. A scrape by target gets a new object. */
  readonly facts: (clock: Clock) => ScrapeFacts;
  /** Gauges about the file of settings; absent if the real exporter has none. */
  readonly configGauges?: ConfigGauges;
  /** The build, under the name of the real exporter. */
  readonly buildInfo: (build: BuildFacts) => Gatherer;
  /** The parameter of a request, which may be repeated, that says which collectors to ask; absent if there is none. */
  readonly chosenBy?: string;
  /** The endpoint whose requests name the server; absent if there is none. */
  readonly byTarget?: ScrapeByTarget;
  /** How upstream's `/-/reload` differs from that of all services, which takes POST where there are files. */
  readonly reloads?: ReloadEndpoint;
  /** The endpoint that names the other servers of a cluster; absent if there is none. */
  readonly nodes?: NodesEndpoint;
}

/** Whether the file of settings was usable when it was last read, and when it last was, in seconds since 1970. */
export interface ConfigGauges {
  readonly successful: MetricDefinition<never>;
  readonly timestamp: MetricDefinition<never>;
}

/** What upstream's `/-/reload` does beside the usual. */
export interface ReloadEndpoint {
  /** It reloads for a GET, too. */
  readonly takesGet: true;
  /** The text of a 400 answer where there is nothing to read again; absent: then there is no such page. */
  readonly refusal?: string;
}

/** How upstream tells of the servers of a cluster. */
export interface NodesEndpoint {
  /** The path, such as `/discover-cluster-nodes`. */
  readonly path: string;
  /** The text of a 400 answer where the plan has no nodes. */
  readonly refusal: string;
  readonly reply: (outcome: ProbeOutcome, nodes: PlannedNodes) => Reply;
}

/** The metrics of an exporter about its own scrapes. */
export interface ScrapeFacts {
  /** Counts a scrape that has ended, of one server or several; none if there is no server to ask. */
  readonly ended: (outcomes: readonly ProbeOutcome[]) => void;
  /** Counts a request that named no server. */
  readonly refused: () => void;
  readonly families: () => readonly MetricFamily[];
}

/** The endpoint of upstream whose requests name the server. */
export interface ScrapeByTarget {
  /** The path, such as `/scrape`. */
  readonly path: string;
  /** Whether it tells of the build. */
  readonly hasBuildInfo?: true;
  /** Reads the query; throws HttpError in upstream's words. */
  readonly read: (query: QueryParameters) => NamedTarget;
}

/** A server that a request names. */
export interface NamedTarget {
  readonly target: string;
  /** The user to log in there as, if the request names one. */
  readonly user?: string;
  /** The name of the login that the request selects, if any. */
  readonly login?: string;
}

/** The settings that the exporter's flags give. */
export interface ExporterSettings {
  /** Whether the telemetry path has the service's own metrics, too. */
  readonly withOwnMetrics: boolean;
  /** Families of the server that are left out. */
  readonly leftOut: ReadonlySet<string>;
  /** Labels for some of what is answered, of the server and about its scrapes. */
  readonly constant?: ConstantLabels;
  /**
   * Reads the files that the flags name, and the variables that these do. Rejects with an Error that says what is
   * wrong with one. `isStart`: there is no plan before it that could stay in force.
   */
  readonly plan: (env: Readonly<Record<string, string | undefined>>, isStart: boolean) => Promise<ExporterPlan>;
  /** Values of flags that are passed over, and why. */
  readonly warnings?: readonly FlagWarning[];
  /** The name of a family of the server, or about its scrapes, as it is shown; absent: its own. */
  readonly renamed?: (name: string) => string;
  /** Whether there is something to read again. */
  readonly isReloadable: boolean;
  /** Whether requests may not name a server, although the exporter could ask it. */
  readonly isByTargetOff?: boolean;
  /** Level and format of the log, if the exporter's own flags set them. */
  readonly log?: { readonly logLevel?: LogLevel; readonly logFormat?: LogFormat };
  /** Users and TLS of the service, if the exporter's own flags give them. */
  readonly access?: GivenAccess | undefined;
}

/** Labels that each series of some families gets, by the families' names. */
export interface ConstantLabels {
  readonly labels: readonly Label[];
  readonly isOf: (name: string) => boolean;
}

/** The plan of an exporter: the servers, and the modules that ask them. */
export interface ExporterPlan {
  /** The modules, as blackbox.yml has them below `modules`. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** The servers of the telemetry path. */
  readonly scrapes: readonly PlannedScrape[];
  /** The module for a server that a request names; throws HttpError in upstream's words where there is none. */
  readonly moduleFor: (named: NamedTarget) => string;
  readonly nodes?: PlannedNodes;
  /** Whether there is a file of settings. */
  readonly hasConfig?: boolean;
  /** What there is to say of other files, with every scrape. */
  readonly about?: readonly MetricFamily[];
  /** What is odd about the files, a line of the log each. */
  readonly doubts?: readonly PlanDoubt[];
  /** Prefixes of families that have the constant labels because of the plan. */
  readonly labelled?: readonly string[];
}

/** A line of the log about a file that a plan uses, or goes on without. */
export interface PlanDoubt {
  readonly message: string;
  readonly err: string;
}

/** The server that is asked for the nodes of its cluster, and how they are named. */
export interface PlannedNodes {
  readonly module: string;
  readonly target: string;
  readonly byHostname: boolean;
}

/** One server of the telemetry path. */
export interface PlannedScrape {
  readonly module: string;
  readonly target: string;
  /** Added to each of its series. */
  readonly labels: readonly Label[];
}

/** A file that a plan needs cannot be used. */
export class UnusablePlan extends Error {
  override readonly name = 'UnusablePlan';
  /** What there is to say of the file, in place of the `about` of the plan that goes on. */
  readonly about: readonly MetricFamily[];

  constructor(cause: Error, about: readonly MetricFamily[]) {
    super(cause.message, { cause });
    this.about = about;
  }
}

import type { FlagDefinition } from '../../flags/flag-definition.js';
import type { FlagValues } from '../../flags/flag-values.js';
import type { QueryParameters } from '../../http/routes/query-parameters.js';
import type { LogFormat } from '../../log/log-format.js';
import type { BuildFacts } from '../../metrics/build-info.js';
import type { Gatherer, Label, MetricFamily } from '../../metrics/metric-family.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { ProbeOutcome } from '../../probe/run-probe.js';
import type { Clock } from '../../values/clock.js';
import type { UnservedFlag } from './unserved-flags.js';

/**
 * A service that tells of one server, or of those that a request names, what the real exporter of its kind tells: a row
 * of ALL_EXPORTERS. The prober of the same name asks the server.
 */
export interface ServerExporter {
  /** The name of its command and of its prober, such as `redis`. */
  readonly name: string;
  /** For help texts and links: what it serves. */
  readonly what: string;
  readonly about: string;
  /** Where it listens unless told otherwise: the port that everybody expects it at. */
  readonly standardAddress: string;
  /** The flags of upstream that it serves, besides those of the web and of the log. */
  readonly flags: readonly FlagDefinition[];
  /** The flags of upstream that it does not serve. */
  readonly unserved: readonly UnservedFlag[];
  /** Names of environment variables for flags of the web and the log. Key: the flag. */
  readonly envars: ReadonlyMap<string, string>;
  /** Reads the values of its flags; throws UsageError. */
  readonly read: (values: FlagValues) => ExporterSettings;
  /** What it tells of its own scrapes, beside the metrics of the server. Made anew for each scrape by target. */
  readonly facts: (clock: Clock) => ScrapeFacts;
  /** The build, under the name of the real exporter. */
  readonly buildInfo: (build: BuildFacts) => Gatherer;
  /** Where a request may name the server; absent if it may not. */
  readonly byTarget?: ScrapeByTarget;
}

/** What an exporter tells of its scrapes. */
export interface ScrapeFacts {
  /** Takes note of a scrape that has ended. */
  readonly ended: (outcome: ProbeOutcome) => void;
  /** Takes note of a request that named no server. */
  readonly refused: () => void;
  readonly families: () => readonly MetricFamily[];
}

/** How upstream lets a request name the server. */
export interface ScrapeByTarget {
  /** The path, such as `/scrape`. */
  readonly path: string;
  /** Reads the query; throws HttpError in upstream's words. */
  readonly read: (query: QueryParameters) => NamedTarget;
}

/** A server that a request names. */
export interface NamedTarget {
  readonly target: string;
  /** What was asked for that is not served, for the log. */
  readonly unserved: readonly string[];
  /** The user to log in there as, if the request names one. */
  readonly user?: string;
  /** What the request calls the way to log in there, if it names one. */
  readonly login?: string;
}

/** What the flags of an exporter ask for. */
export interface ExporterSettings {
  /** Whether the service also says how it fares itself. */
  readonly withOwnMetrics: boolean;
  /** Families of the server that are left out. */
  readonly leftOut: ReadonlySet<string>;
  /** Reads the files that the flags name. Rejects with an Error that says what is wrong with one. */
  readonly plan: () => Promise<ExporterPlan>;
  /** Whether there is something to read again. */
  readonly isReloadable: boolean;
  /** Whether requests may not name a server, although the exporter could ask it. */
  readonly isByTargetOff?: boolean;
  /** What the exporter's own flags say of the log, where they do. */
  readonly log?: { readonly logLevel?: LogLevel; readonly logFormat?: LogFormat };
}

/** Which servers are asked, and how. */
export interface ExporterPlan {
  /** The modules, as blackbox.yml has them below `modules`. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** The servers of the telemetry path. */
  readonly scrapes: readonly PlannedScrape[];
  /** The module for a server that a request names; throws HttpError in upstream's words where there is none. */
  readonly moduleFor: (named: NamedTarget) => string;
}

/** One server of the telemetry path. */
export interface PlannedScrape {
  readonly module: string;
  readonly target: string;
  /** Added to each of its series. */
  readonly labels: readonly Label[];
}

import type { WebOptions } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { HostPaths } from '../../node/host-files.js';
import type { UnbuiltCollector } from '../../node/unbuilt-collectors.js';
import type { LogLevel } from '../../probe/probe-log.js';

/** The command-line options of the service of node metrics. */
export interface NodeOptions {
  readonly paths: HostPaths;
  /** Names of the collectors that run. */
  readonly enabled: ReadonlySet<string>;
  /** The collectors that are asked for and that this build does not have. */
  readonly missing: readonly UnbuiltCollector[];
  /** The collectors' own flags as they were given, without `--collector.`; a switch has `true` or `false`. */
  readonly collectorFlags: ReadonlyMap<string, readonly string[]>;
  /** The path of the metrics, such as `/metrics`. */
  readonly telemetryPath: string;
  /** Whether the service also says how it fares itself. */
  readonly withOwnMetrics: boolean;
  /** More scrapes at once are refused; 0 is no limit. */
  readonly maxRequests: number;
  readonly web: WebOptions;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

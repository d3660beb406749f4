import type { WebOptions } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { ExporterSettings, ServerExporter } from './server-exporter.js';
import type { FlagWarning } from './unserved-flags.js';

/** The command-line options of an exporter. */
export interface ExporterOptions extends ExporterSettings {
  readonly exporter: ServerExporter;
  /** The path of the metrics, such as `/metrics`. */
  readonly telemetryPath: string;
  /** What the flags ask for in vain. */
  readonly warnings: readonly FlagWarning[];
  readonly web: WebOptions;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

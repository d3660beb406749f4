import type { WebOptions } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { ProbeLimits } from './limits/admission.js';

/** What the service takes on its command line. */
export interface ProberOptions {
  /** Files, folders and patterns, in the order that counts. */
  readonly configFiles: readonly string[];
  readonly timeoutOffsetSeconds: number;
  /** 0: never. */
  readonly autoReloadSeconds: number;
  readonly historyLimit: number;
  /** Files, folders and patterns of targets files. */
  readonly targetFiles: readonly string[];
  readonly limits: ProbeLimits;
  readonly web: WebOptions;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly probeLogLevel: LogLevel;
  /** What `--log.prober` was given if that is no level; the service says so and goes on with info. */
  readonly unknownProbeLogLevel?: string;
}

import type { WebOptions } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { ProbeLimits } from './limits/admission.js';
import type { RemoteWriteOptions } from './remote-write/remote-write-options.js';
import type { ScheduleOptions } from './schedule/plan-targets.js';

/** The command-line options of the prober service. */
export interface ProberOptions {
  /** Files, folders and patterns, in the order that counts. */
  readonly configFiles: readonly string[];
  readonly timeoutOffsetSeconds: number;
  /** 0: never. */
  readonly autoReloadSeconds: number;
  readonly historyLimit: number;
  /** Files, folders and patterns of targets files. */
  readonly targetFiles: readonly string[];
  /** How targets are probed without being asked for. */
  readonly schedule: ScheduleOptions;
  /** Remote write of the schedule's results, in addition to /metrics/targets. */
  readonly remoteWrite?: RemoteWriteOptions | undefined;
  readonly limits: ProbeLimits;
  /** Whether probes say how late the event loop was while they ran. */
  readonly measuresUncertainty: boolean;
  /** How many processes run the probes; 1 is this one. */
  readonly workers: number;
  readonly web: WebOptions;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly probeLogLevel: LogLevel;
  /** The value of `--log.prober` if it is no level. The service warns of it and uses info. */
  readonly unknownProbeLogLevel?: string;
}

import type { WebOptions } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { PushDefaults } from './push-parameters.js';

/** What the pushgateway takes on its command line. All of it can be sent to another thread. */
export interface PushgatewayOptions {
  readonly web: WebOptions;
  readonly telemetryPath: string;
  readonly isLifecycleEnabled: boolean;
  readonly isAdminEnabled: boolean;
  /** "": nothing is kept. */
  readonly persistenceFile: string;
  /** 0: a push is answered once it is durable. */
  readonly persistenceIntervalSeconds: number;
  /** Go on with what can be read of a damaged store. */
  readonly persistenceRepair: boolean;
  readonly isChecked: boolean;
  readonly utf8Names: boolean;
  readonly defaults: PushDefaults;
  readonly maxBodyBytes: number;
  readonly maxSeriesPerPush: number;
  readonly maxSeriesInAll: number;
  /** What all groups together may take of the heap. */
  readonly maxStoredBytes: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** All flags with their values as text, for the status. */
  readonly flags: Readonly<Record<string, string>>;
}

import type { WebOptions } from '../../http/web-options.js';
import type { LogFormat } from '../../log/log-format.js';
import type { LogLevel } from '../../probe/probe-log.js';
import type { RedisLinkOptions } from '../../push/shared/redis-link.js';
import type { PushDefaults } from './push-parameters.js';

/** A store in Redis that several pushgateways share. */
export interface SharedStoreOptions extends RedisLinkOptions {
  /** A push is answered when so many replicas have it. */
  readonly waitReplicas: number;
}

/** The options of the pushgateway's command line. All of them can be sent to another thread. */
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
  /** Instead of a store of its own; absent where there is none. */
  readonly sharedStore?: SharedStoreOptions;
  readonly isChecked: boolean;
  readonly utf8Names: boolean;
  readonly defaults: PushDefaults;
  readonly maxBodyBytes: number;
  readonly maxSeriesPerPush: number;
  readonly maxSeriesInAll: number;
  /** The heap that all groups together may take, in bytes. */
  readonly maxStoredBytes: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** All flags with their values as text, for the status. */
  readonly flags: Readonly<Record<string, string>>;
}

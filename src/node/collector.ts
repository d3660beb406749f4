import type { Clock } from '../values/clock.js';
import type { CollectorFlag, CollectorOptions } from './collector-options.js';
import type { HostFiles } from './host-files.js';
import type { LoadedCalls } from './kernel/kernel-calls.js';
import type { MetricSink } from './metric-sink.js';

/** The dependencies of one collector during one scrape. */
export interface Scrape {
  readonly metrics: MetricSink;
  /** The files of the host during this scrape. Each file is read once for all collectors. */
  readonly files: HostFiles;
  /** Aborted when the collector has run out of time or the client has gone. Later metrics are dropped. */
  readonly signal: AbortSignal;
}

/** A source of node metrics with its options. It may keep state between scrapes, and two scrapes may overlap. */
export interface Collector {
  /**
   * Adds its metrics to `scrape.metrics`; metrics added before an error stay. Throws NoData if the host does not have
   * what this collector reads, and any other Error if it exists but cannot be read.
   */
  readonly collect: (scrape: Scrape) => void | Promise<void>;
  /** Ends what the collector keeps running, such as a connection or a helper process. */
  readonly close?: () => void | Promise<void>;
}

/** The declaration of a collector: a constant beside its code, listed in all-collectors.ts. */
export interface CollectorSpec {
  /** The name in `--collector.<name>` and in the label `collector`. */
  readonly name: string;
  /** Whether upstream runs it by default. */
  readonly isDefault: boolean;
  readonly flags: readonly CollectorFlag[];
  /** Makes the collector from its options. Throws an Error, in upstream's words if upstream refuses the same. */
  readonly create: (options: CollectorOptions, deps: CollectorDeps) => Collector;
}

/** The dependencies of collectors that last as long as the service. */
export interface CollectorDeps {
  readonly clock: Clock;
  readonly log: CollectorLog;
  /** The names of the enabled collectors: some collectors report more if another one is enabled. */
  readonly enabled: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The calls of the addon for netlink and ioctl(2), or why there are none. */
  readonly kernel: () => LoadedCalls;
}

/** Structured facts beside a log message. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** The log for what a collector cannot show as a metric. */
export interface CollectorLog {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

/** The host does not have what the collector reads: success 0, but no reason to worry. */
export class NoData extends Error {
  override readonly name = 'NoData';

  constructor(message: string, options?: ErrorOptions) {
    // An error takes down its stack while its base is made.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

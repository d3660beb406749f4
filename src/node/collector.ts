import type { Clock } from '../values/clock.js';
import type { CollectorFlag, CollectorOptions } from './collector-options.js';
import type { HostFiles } from './host-files.js';
import type { MetricSink } from './metric-sink.js';

/** What one collector is given for one scrape. */
export interface Scrape {
  readonly metrics: MetricSink;
  /** The host as it is during this scrape: each file is read once, whoever asks. */
  readonly files: HostFiles;
  /** Aborted when the collector has run out of time or the client is gone; what it gives afterwards is dropped. */
  readonly signal: AbortSignal;
}

/** One source of node metrics, bound to its options. It may keep state between scrapes; two scrapes may overlap. */
export interface Collector {
  /**
   * Gives what it knows to `scrape.metrics`; what was given before an error is kept. Throws NoData where the host does not have
   * what this collector looks for, any other Error where it should be there but cannot be had.
   */
  readonly collect: (scrape: Scrape) => void | Promise<void>;
  /** Ends what it has running, such as a connection or a helper. */
  readonly close?: () => void | Promise<void>;
}

/** A collector as it is declared: a constant beside its code, listed in all-collectors.ts. */
export interface CollectorSpec {
  /** As in `--collector.<name>` and in the label `collector`. */
  readonly name: string;
  /** Whether upstream runs it unless told otherwise. */
  readonly isDefault: boolean;
  readonly flags: readonly CollectorFlag[];
  /** Reads the options; throws an Error, in upstream's words where upstream refuses the same. */
  readonly create: (options: CollectorOptions, surroundings: Surroundings) => Collector;
}

/** What collectors stand on for as long as the service runs. */
export interface Surroundings {
  readonly clock: Clock;
  readonly log: CollectorLog;
  /** Names of the collectors that run: some report more if another one is on. */
  readonly enabled: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Where a collector says what it cannot show as a metric. */
export interface CollectorLog {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

/** The host does not have what the collector looks for: success 0, and nothing to worry about. */
export class NoData extends Error {
  override readonly name = 'NoData';
}

import type { BuildFacts } from '../../../metrics/build-info.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import type { FailureReason, Phase } from '../../../probe/failure.js';
import type { Fields } from '../../../probe/fields.js';
import type { GuardedRecipe } from '../../../probe/module-recipe.js';
import type { PhaseTime } from '../../../probe/phase-marks.js';
import type { LogEntry } from '../../../probe/probe-log.js';
import type { ProbeTrace } from '../../../probe/report/probe-report.js';

/** One probe that a worker is to run. */
export interface WorkerProbeRequest {
  readonly id: number;
  /** The number of the module, which was sent to the worker before. */
  readonly module: number;
  readonly target: string;
  readonly hostname?: string;
  readonly username?: string;
  readonly params?: ReadonlyMap<string, string>;
  readonly timeoutSeconds: number;
  readonly waitedSeconds: number;
  readonly isTraced: boolean;
  readonly isTimed: boolean;
  /** Whether the outcome is to say how late the event loop was. */
  readonly isWatched: boolean;
}

/** A message from the first process to a worker. */
export type ToWorker =
  /** The first message: who it is, and the probers that it makes ready. */
  | { readonly kind: 'start'; readonly build: BuildFacts; readonly wanted: readonly string[] }
  /** Probes will name this module by its number. */
  | ({ readonly kind: 'module'; readonly id: number } & GuardedRecipe)
  /** Asks whether all modules up to here could be made. */
  | { readonly kind: 'load'; readonly id: number }
  /** No probe will name these modules any more. */
  | { readonly kind: 'forget'; readonly modules: readonly number[] }
  | ({ readonly kind: 'probe' } & WorkerProbeRequest)
  /** Nobody waits for the result any more. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Asks how the worker is. */
  | { readonly kind: 'state'; readonly id: number };

/** The failure of a probe as plain data. */
export interface PackedFailure {
  readonly phase: Phase;
  readonly reason: FailureReason;
  readonly message: string;
  readonly fields: Fields;
}

/** The definition of a metric. It is sent once; later messages refer to it by its number. */
export interface PackedDefinition {
  readonly id: number;
  /** The definition as JSON: the key of the same one of other workers. */
  readonly text: string;
}

/** A part of the series of a probe, as plain data in parallel lists. */
export interface PackedSeries {
  /** Whether all definitions before are forgotten: there were too many. */
  readonly startsAnew?: boolean;
  /** Definitions that this message is the first to use. */
  readonly definitions: readonly PackedDefinition[];
  /** The number of the definition of each series. */
  readonly metrics: readonly number[];
  /** The values of the labels of each series. */
  readonly labels: readonly (readonly string[])[];
  /** The value of each series. */
  readonly values: readonly number[];
}

/** The outcome of a probe, as plain data, with the last part of its series. */
export interface PackedOutcome extends PackedSeries {
  readonly families: readonly MetricFamily[];
  readonly log: readonly LogEntry[];
  readonly durationSeconds: number;
  readonly failure?: PackedFailure;
  readonly trace?: ProbeTrace;
  readonly phases?: readonly PhaseTime[];
}

/** How a worker is, beside what /proc tells of it. */
export interface WorkerState {
  /** The longest that its event loop was late since it was asked last, in seconds. */
  readonly lagMaxSeconds: number;
  readonly heapUsedBytes: number;
}

/** A message from a worker to the first process. */
export type FromWorker =
  /** It can probe. */
  | { readonly kind: 'ready' }
  /** The answer to `load`; `problem` says why a module could not be made. */
  | { readonly kind: 'loaded'; readonly id: number; readonly problem?: string }
  /** Series of a probe that has ended, before `done`. */
  | { readonly kind: 'series'; readonly id: number; readonly series: PackedSeries }
  | { readonly kind: 'done'; readonly id: number; readonly outcome: PackedOutcome }
  /** A bug of ours: of the probe with that id, or of nothing in particular. */
  | { readonly kind: 'bug'; readonly id?: number; readonly stack: string }
  | { readonly kind: 'state'; readonly id: number; readonly state: WorkerState };

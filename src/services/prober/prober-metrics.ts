import { Histogram } from '../../metrics/histogram.js';
import { counter, gauge } from '../../metrics/metric-definition.js';
import type { MetricFamily } from '../../metrics/metric-family.js';
import { MetricSet } from '../../metrics/metric-set.js';
import { droppedLogLines, internalErrors, ScrapeCounts } from '../own-metrics.js';

const reloadSuccessful = gauge(
  'blackbox_exporter_config_last_reload_successful',
  'Blackbox exporter config loaded successfully.',
);
const reloadTimestamp = gauge(
  'blackbox_exporter_config_last_reload_success_timestamp_seconds',
  'Timestamp of the last successful configuration reload.',
);
const configFile = gauge(
  'sonde_config_file_last_reload_successful',
  'Whether the newest content of a configuration file is in force.',
  ['file'],
);
const knownTargets = gauge('sonde_sd_targets', 'Targets of the targets files, each probe once.');
const targetsFile = gauge(
  'sonde_targets_file_last_read_successful',
  'Whether the newest content of a targets file is in force.',
  ['file'],
);
const moduleUnknown = counter('blackbox_module_unknown_total', 'Count of unknown modules requested by probes');
const targetsDenied = counter('sonde_targets_denied_total', 'Probes that a target_policy did not allow.');
const probesInFlight = gauge('sonde_probes_in_flight', 'Probes that are running now.');
const probesOverloaded = counter(
  'sonde_probes_overloaded_total',
  'Probes that had no turn before their time was up, or no room in the heap.',
);
const probesWaiting = gauge('sonde_probes_waiting', 'Probes that wait for their turn now.');
const historyBytes = gauge('sonde_history_size_bytes', 'Estimated size of the probes that the history holds.');

/** Bounds from a fast answer inside one machine room to the longest usual scrape timeout. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How the last reading of a file went. */
interface FileState {
  readonly file: string;
  readonly problem?: string;
}

/** Gauges that are read from their owners at each scrape. */
export interface ServiceGauges {
  readonly lastReload: () => { readonly successful: boolean; readonly successSeconds: number };
  readonly configFiles: () => readonly FileState[];
  /** The targets that `/sd` serves; undefined if there are no targets files. */
  readonly targets: () => { readonly count: number; readonly files: readonly FileState[] } | undefined;
  readonly probesInFlight: () => number;
  readonly probesWaiting: () => number;
  readonly historyBytes: () => number;
  readonly droppedLogLines: () => number;
}

/** The service's own metrics. It owns their counters. */
export class ProberMetrics {
  readonly #gauges: ServiceGauges;
  readonly #metrics = new MetricSet();
  readonly scrapes = new ScrapeCounts(this.#metrics);
  readonly #durations = new Histogram({
    name: 'sonde_probe_duration_seconds',
    help: 'Duration of probes by module and outcome (success or failure); its count is the number of probes.',
    labelNames: ['module', 'outcome'],
    upperBounds: DURATION_BUCKETS_SECONDS,
  });

  constructor(gauges: ServiceGauges) {
    this.#gauges = gauges;
    for (const metric of [moduleUnknown, targetsDenied, probesOverloaded, internalErrors]) this.#metrics.set(metric, 0);
  }

  unknownModule(): void {
    this.#metrics.addWith(moduleUnknown, {}, 1);
  }

  overloaded(): void {
    this.#metrics.addWith(probesOverloaded, {}, 1);
  }

  targetDenied(): void {
    this.#metrics.addWith(targetsDenied, {}, 1);
  }

  internalError(): void {
    this.#metrics.addWith(internalErrors, {}, 1);
  }

  probeFinished(module: string, outcome: 'success' | 'failure', seconds: number): void {
    this.#durations.observe({ module, outcome }, seconds);
  }

  readonly gather = (): readonly MetricFamily[] => {
    const { successful, successSeconds } = this.#gauges.lastReload();
    this.#metrics.set(reloadSuccessful, successful ? 1 : 0);
    this.#metrics.set(reloadTimestamp, successSeconds);
    this.#metrics.set(probesInFlight, this.#gauges.probesInFlight());
    this.#metrics.set(probesWaiting, this.#gauges.probesWaiting());
    this.#metrics.set(historyBytes, this.#gauges.historyBytes());
    this.#metrics.set(droppedLogLines, this.#gauges.droppedLogLines());
    return [...this.#metrics.families(), ...this.#files(), this.#durations.family()];
  };

  /** The metrics of the targets files, made anew for each scrape since files come and go. */
  #files(): readonly MetricFamily[] {
    const metrics = new MetricSet();
    const targets = this.#gauges.targets();
    if (targets !== undefined) metrics.set(knownTargets, targets.count);
    for (const { file, problem } of targets?.files ?? []) {
      metrics.setWith(targetsFile, { file }, problem === undefined ? 1 : 0);
    }
    for (const { file, problem } of this.#gauges.configFiles()) {
      metrics.setWith(configFile, { file }, problem === undefined ? 1 : 0);
    }
    return metrics.families();
  }
}

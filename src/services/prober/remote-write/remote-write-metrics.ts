import { counter, gauge } from '../../../metrics/metric-definition.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import { MetricSet } from '../../../metrics/metric-set.js';
import type { DiskQueue } from './disk-queue.js';
import type { Verdict } from './write-protocol.js';
import type { WriteReceiver } from './write-receiver.js';

const requests = counter('sonde_remote_write_requests_total', 'Requests of remote write by what became of them.', [
  'outcome',
]);
const samplesTaken = counter('sonde_remote_write_samples_total', 'Samples that the receiver has taken.');
const samplesRefused = counter('sonde_remote_write_samples_refused_total', 'Samples that the receiver has refused.');
const samplesUnwritten = counter(
  'sonde_remote_write_samples_unwritten_total',
  'Samples of requests that the receiver has taken without writing them, by its own count (remote write 2.0).',
);
const resultsDropped = counter(
  'sonde_remote_write_results_dropped_total',
  'Results that the queue had no room for, or that the disk did not take or has lost.',
);
const queueResults = gauge('sonde_remote_write_queue_results', 'Results of probes that wait on disk.');
const queueBytes = gauge('sonde_remote_write_queue_bytes', 'What they take.');
const reloadSuccessful = gauge(
  'sonde_remote_write_config_last_reload_successful',
  'Whether the file of remote write could be used when it was last read.',
);

/** The metrics of remote write itself. */
export class RemoteWriteMetrics {
  readonly #queue: Pick<DiskQueue, 'size' | 'dropped'>;
  readonly #receiver: Pick<WriteReceiver, 'lastReloadSuccessful'>;
  readonly #metrics = new MetricSet();

  constructor(queue: Pick<DiskQueue, 'size' | 'dropped'>, receiver: Pick<WriteReceiver, 'lastReloadSuccessful'>) {
    this.#queue = queue;
    this.#receiver = receiver;
    for (const outcome of ['taken', 'refused', 'later', 'unsupported']) this.#metrics.setWith(requests, { outcome }, 0);
    for (const metric of [samplesTaken, samplesRefused, samplesUnwritten]) this.#metrics.set(metric, 0);
  }

  /** A request with so many samples was answered. */
  answered(verdict: Verdict, samples: number): void {
    this.#metrics.addWith(requests, { outcome: verdict.kind }, 1);
    if (verdict.kind !== 'taken' && verdict.kind !== 'refused') return;
    this.#metrics.addWith(samplesTaken, {}, samples - verdict.missing);
    this.#metrics.addWith(verdict.kind === 'taken' ? samplesUnwritten : samplesRefused, {}, verdict.missing);
  }

  readonly gather = (): readonly MetricFamily[] => {
    const { records, bytes } = this.#queue.size;
    this.#metrics.set(queueResults, records);
    this.#metrics.set(queueBytes, bytes);
    this.#metrics.set(resultsDropped, this.#queue.dropped);
    const { lastReloadSuccessful } = this.#receiver;
    if (lastReloadSuccessful !== undefined) this.#metrics.set(reloadSuccessful, lastReloadSuccessful ? 1 : 0);
    return this.#metrics.families();
  };
}

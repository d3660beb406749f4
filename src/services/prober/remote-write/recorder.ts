import type { MetricFamily } from '../../../metrics/metric-family.js';
import type { RemoteMetadata } from '../../../metrics/protobuf/remote-sample.js';
import type { BucketForm } from '../schedule/duration-counts.js';
import type { PackedMetrics } from '../schedule/packed-metrics.js';
import { RESULT_FAMILIES } from '../schedule/result-families.js';
import type { ScheduledTarget } from '../schedule/scheduled-target.js';
import type { QueueNote } from './queue-content.js';
import { endOf, recordsOf, type RecordSteps } from './recorded-result.js';

type Told = Omit<RemoteMetadata, 'name'>;

/** More names of metrics than probes have. */
const MOST_METADATA = 10_000;

/**
 * How far the times of a target may be ahead of a clock that was set back. Prometheus refuses samples that are further
 * in the future (its `maxAheadTime`), so a target would have no results until the clock is there again.
 */
const MOST_AHEAD_MS = 10 * 60 * 1000;

/** Makes records of results, whose times do not go back, unless a clock that was far ahead is set right. */
export class Recorder {
  readonly #wallSeconds: () => number;
  readonly #form: BucketForm;
  readonly #lastMs = new WeakMap<ScheduledTarget, number>();
  readonly #seen = new WeakSet<PackedMetrics['metrics']>();
  readonly #metadata = new Map<string, RemoteMetadata>(RESULT_FAMILIES.map(({ head }) => [head.name, toldOf(head)]));

  /** Facts about metrics that the queue does not have yet. */
  #news: QueueNote[] = [];

  /** `notes` are those of results that wait since before the start. */
  constructor(wallSeconds: () => number, form: BucketForm, notes: readonly QueueNote[] = []) {
    this.#wallSeconds = wallSeconds;
    this.#form = form;
    this.learn(notes);
  }

  /** Takes the notes of results that wait; what the probes of this process said of a metric is newer. */
  learn(notes: readonly QueueNote[]): void {
    const own = new Map(this.#metadata);
    // The queue has what we wrote, with a checksum.
    for (const { name, text } of notes) this.#metadata.set(name, { ...(JSON.parse(text) as Told), name });
    for (const [name, told] of own) this.#metadata.set(name, told);
  }

  get metadata(): ReadonlyMap<string, RemoteMetadata> {
    return this.#metadata;
  }

  /** The result of a probe as it is now; what it says of new metrics is among the news once its records are made. */
  result(target: ScheduledTarget, before: PackedMetrics | undefined): RecordSteps {
    const { last, startedSeconds } = target.results;
    const isSeen = last === undefined || (this.#seen.has(last.metrics) && last.added.length === 0);
    if (last !== undefined) this.#seen.add(last.metrics);
    const form = { ms: this.#msOf(target, startedSeconds), form: this.#form };
    return recordsOf(target, before, { ...form, ...(!isSeen && { onMetric: this.#note }) });
  }

  end(target: ScheduledTarget): RecordSteps {
    return endOf(target, { ms: this.#msOf(target, this.#wallSeconds()), form: this.#form });
  }

  /** Returns the facts to keep beside the results that are recorded next. */
  takeNews(): readonly QueueNote[] {
    const news = this.#news;
    this.#news = [];
    return news;
  }

  readonly #note = (head: Omit<MetricFamily, 'samples'>): void => {
    const known = this.#metadata.get(head.name);
    if (known === undefined && this.#metadata.size >= MOST_METADATA) return;
    const { name, ...told } = toldOf(head);
    if (known?.type === told.type && known.help === told.help && known.unit === told.unit) return;
    this.#metadata.set(name, { name, ...told });
    this.#news.push({ name, text: JSON.stringify(told) });
  };

  #msOf(target: ScheduledTarget, seconds: number): number {
    const now = Math.round(seconds * 1000);
    const last = this.#lastMs.get(target) ?? 0;
    const ms = last - now > MOST_AHEAD_MS ? now : Math.max(now, last + 1);
    this.#lastMs.set(target, ms);
    return ms;
  }
}

function toldOf({ name, type, help = '', unit }: Omit<MetricFamily, 'samples'>): RemoteMetadata {
  return { name, type, help, ...(unit !== undefined && { unit }) };
}

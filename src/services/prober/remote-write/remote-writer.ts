import type { ServiceLog } from '../../../log/service-log.js';
import type { Label } from '../../../metrics/metric-family.js';
import type { RemoteSample } from '../../../metrics/protobuf/remote-sample.js';
import { messageOf } from '../../../values/as-error.js';
import type { CancelTimer, Clock } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { DiskQueue, Queued } from './disk-queue.js';
import { type RecordedResult, samplesOf } from './recorded-result.js';
import type { RemoteWriteMetrics } from './remote-write-metrics.js';
import type { Verdict } from './write-protocol.js';
import type { Receiver } from './write-receiver.js';

/** The dependencies of sending results. */
export interface RemoteWriterDeps {
  readonly queue: DiskQueue;
  /** Where the next request goes. */
  readonly receiver: () => Receiver;
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly metrics: RemoteWriteMetrics;
  /** Labels that all series get which have none of that name. */
  readonly externalLabels: readonly Label[];
  /** Returns a number from 0 up to, but without, 1. */
  readonly random: () => number;
}

/** How many samples a request has at most, and how many records, and bytes of them, are looked at for one. */
const MOST_SAMPLES = 5000;
const MOST_RESULTS = 500;
const MOST_BYTES = 1024 * 1024;
/** New results wait so long for others. */
const GATHER_SECONDS = 0.5;
const FIRST_RETRY_SECONDS = 0.5;
const LONGEST_RETRY_SECONDS = 30;

/**
 * Sends what the queue has, in its order, one request after the other. A request has results of one time of a target at
 * most: if the answer is lost, all that it had can be sent again, since samples that are the newest of their series are
 * taken twice.
 */
export class RemoteWriter {
  readonly #deps: RemoteWriterDeps;
  #wake: () => void = () => undefined;
  #endPause: () => void = () => undefined;
  /** Whether something was added since the queue was looked at. */
  #hasNews = false;
  #isStopped = false;
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  /** How often the disk has failed, one time after the other. */
  #diskFailures = 0;
  /** Whether the receiver wrote less than it took, the last time. */
  #isShort = false;

  constructor(deps: RemoteWriterDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something in the queue. */
  notify(): void {
    this.#hasNews = true;
    this.#wake();
  }

  /** There is another receiver: whoever waits for the next try waits no longer. */
  goOn(): void {
    this.#endPause();
  }

  /** Ends the request that is under way: it is sent again after the next start. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#end.abort(new Error('the service stops'));
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#step();
        this.#diskFailures = 0;
      } catch (error) {
        const { log, clock } = this.#deps;
        if (this.#diskFailures++ === 0)
          log.error('The queue of remote write fails, it is tried again and again', { err: messageOf(error) });
        await this.#sleep(clock, this.#backOff(this.#diskFailures));
      }
    }
  }

  /** Sends the next request, or waits for something to send. Rejects if the disk fails. */
  async #step(): Promise<void> {
    const { queue, clock } = this.#deps;
    this.#hasNews = false;
    const records = await queue.first(MOST_RESULTS, MOST_BYTES);
    if (records.length === 0) {
      await this.#pause(undefined);
      if (!this.#stopped()) await this.#sleep(clock, GATHER_SECONDS);
    } else await this.#send(records);
  }

  #stopped(): boolean {
    return this.#isStopped;
  }

  async #send(records: readonly Queued[]): Promise<void> {
    const { queue, metrics, log, externalLabels } = this.#deps;
    const { post, protocol, fields } = this.#deps.receiver();
    const { places, samples } = await chosen(records, externalLabels);
    const request = await protocol.request(samples);
    const answer = await post({ body: request.body, headers: request.headers, end: this.#end.signal });
    if (this.#stopped() && answer.kind === 'later') return;
    const verdict = protocol.judge(answer, request);
    metrics.answered(verdict, samples.length);
    if (verdict.kind === 'unsupported') return;
    if (verdict.kind === 'later') {
      if (this.#failures++ === 0) log.warn('Remote write fails, results wait', { ...fields, err: verdict.problem });
      await this.#sleep(this.#deps.clock, this.#retrySeconds(verdict.afterSeconds));
      return;
    }
    if (this.#failures > 0) log.info('Remote write goes on', { ...fields, failures: String(this.#failures) });
    this.#failures = 0;
    this.#tell(verdict, { ...fields, samples: String(samples.length), unwritten: String(verdict.missing) });
    await queue.remove(places);
  }

  /** Tells what was lost; of answers that say the same one after the other, the first. */
  #tell(verdict: Extract<Verdict, { kind: 'taken' | 'refused' }>, counts: Readonly<Record<string, string>>): void {
    const { log } = this.#deps;
    if (verdict.kind === 'refused') {
      log.error('Remote write is refused, results are dropped', { ...counts, err: verdict.problem });
      return;
    }
    const isShort = verdict.missing > 0;
    if (isShort && !this.#isShort) log.error('The receiver has not written all that it has taken', counts);
    this.#isShort = isShort;
  }

  #retrySeconds(afterSeconds: number | undefined): number {
    return (afterSeconds ?? 0) + this.#backOff(this.#failures);
  }

  #backOff(failures: number): number {
    const longest = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(failures - 1, 10));
    return longest * (0.5 + this.#deps.random() / 2);
  }

  async #sleep(clock: Clock, seconds: number): Promise<void> {
    await this.#pause((done) => clock.after(seconds, done));
  }

  /** Waits until the timer fires, or somebody wakes it. */
  #pause(arm: ((done: () => void) => CancelTimer) | undefined): Promise<void> {
    if (this.#isStopped || (arm === undefined && this.#hasNews)) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = arm?.(resolve);
      this.#endPause = () => {
        cancel?.();
        resolve();
      };
      this.#wake = () => {
        // The end alone wakes a wait for more results or for the next try.
        if (arm === undefined || this.#isStopped) this.#endPause();
      };
    });
  }
}

interface Chosen {
  readonly places: readonly string[];
  readonly samples: readonly RemoteSample[];
}

/** The records of the next request, read in turns with other work. */
async function chosen(records: readonly Queued[], externalLabels: readonly Label[]): Promise<Chosen> {
  const places: string[] = [];
  const samples: RemoteSample[] = [];
  // Key: the target. Value: the time of its result, which may be in several records.
  const seen = new Map<string, number>();
  for (const { place, text } of records) {
    if (loopTurns.isOver()) await loopTurns.next();
    // The queue has what we wrote, with a checksum.
    const record = JSON.parse(text) as RecordedResult;
    if ((seen.get(record.key) ?? record.ms) !== record.ms) break;
    if (places.length > 0 && samples.length + record.series.length > MOST_SAMPLES) break;
    seen.set(record.key, record.ms);
    places.push(place);
    for (const sample of samplesOf(record, externalLabels)) samples.push(sample);
  }
  return { places, samples };
}

import { gauge } from '../metrics/metric-definition.js';
import { messageOf } from '../values/as-error.js';
import { type Clock, secondsSince } from '../values/clock.js';
import { unlessAborted } from '../values/unless-aborted.js';
import { type Collector, type CollectorLog, NoData } from './collector.js';
import { HostFiles, type HostPaths } from './host-files.js';
import { CollectedMetrics } from './metric-sink.js';
import { takeTurns } from './take-turns.js';

const success = gauge('node_scrape_collector_success', 'node_exporter: Whether a collector succeeded.', ['collector']);
const duration = gauge('node_scrape_collector_duration_seconds', 'node_exporter: Duration of a collector scrape.', [
  'collector',
]);

/** The collectors, and what scrapes need. */
export interface NodeScraperOptions {
  readonly collectors: ReadonlyMap<string, Collector>;
  readonly paths: HostPaths;
  readonly clock: Clock;
  readonly log: CollectorLog;
}

/** The parameters of one scrape. */
export interface ScrapeOrder {
  /** The names of the collectors to run. */
  readonly names: Iterable<string>;
  /** The time limit of each collector, in seconds. */
  readonly deadlineSeconds: number;
  /** Aborted when the client no longer waits for the response. */
  readonly signal: AbortSignal;
}

/** Runs the collectors side by side. A failure in one does not affect the others. */
export class NodeScraper {
  readonly #options: NodeScraperOptions;

  constructor(options: NodeScraperOptions) {
    this.#options = options;
  }

  /** The names of the enabled collectors. */
  get names(): readonly string[] {
    return [...this.#options.collectors.keys()];
  }

  /**
   * Returns the metrics of each collector, in the order of the names, and at the end the metrics of their success.
   * Never rejects.
   */
  async scrape({ names, deadlineSeconds, signal }: ScrapeOrder): Promise<readonly CollectedMetrics[]> {
    const { collectors, paths, clock } = this.#options;
    const files = new HostFiles(paths);
    const end = new AbortController();
    const cancelTimer = clock.after(deadlineSeconds, () => {
      end.abort(new Error(`it did not end within ${deadlineSeconds} s`));
    });
    const giveUp = (): void => {
      end.abort(signal.reason);
    };
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    const runs: Promise<CollectedMetrics>[] = [];
    const outcomes = new CollectedMetrics();
    await takeTurns(names, clock, (name) => {
      const collector = collectors.get(name);
      if (collector === undefined || signal.aborted) return;
      runs.push(this.#run({ name, collector, outcomes }, files, { end: end.signal, client: signal }));
    });
    const collected = await Promise.all(runs);
    cancelTimer();
    signal.removeEventListener('abort', giveUp);
    return [...collected, outcomes];
  }

  /** Closes the collectors. */
  async close(): Promise<void> {
    await Promise.all([...this.#options.collectors.values()].map(async (collector) => collector.close?.()));
  }

  async #run({ name, collector, outcomes }: Run, files: HostFiles, ends: Ends): Promise<CollectedMetrics> {
    const signal = ends.end;
    const { clock } = this.#options;
    const startedAt = clock.monotonicSeconds();
    const metrics = new CollectedMetrics();
    let isSuccess = false;
    try {
      const coming = collector.collect({ metrics, files, signal });
      if (coming !== undefined) await unlessAborted(coming, signal);
      this.#judgeOddity(name, metrics);
      isSuccess = true;
    } catch (error) {
      this.#sayFailure(name, error, ends.client);
    }
    metrics.close();
    outcomes.setWith(success, { collector: name }, isSuccess ? 1 : 0);
    outcomes.setWith(duration, { collector: name }, secondsSince(startedAt, clock));
    return metrics;
  }

  /** One odd value or line only costs its own series. A collector that found nothing else has failed. */
  #judgeOddity(name: string, metrics: CollectedMetrics): void {
    metrics.assertNotAllOdd();
    const { oddity } = metrics;
    if (oddity === undefined) return;
    this.#options.log.debug('something odd was left out', { name, first: oddity });
  }

  #sayFailure(name: string, error: unknown, client: AbortSignal): void {
    const { log } = this.#options;
    // It is no failure of the collectors that the client has left, which would be a line for each.
    if (client.aborted) log.debug('collector given up', { name, err: messageOf(error) });
    else if (error instanceof NoData) log.debug('collector returned no data', { name, err: error.message });
    else log.error('collector failed', { name, err: messageOf(error) });
  }
}

/** What ends a collector: the deadline or the client, and the client alone. */
interface Ends {
  readonly end: AbortSignal;
  readonly client: AbortSignal;
}

interface Run {
  readonly name: string;
  readonly collector: Collector;
  readonly outcomes: CollectedMetrics;
}

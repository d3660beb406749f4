import { isLong } from '../../http/answers/send-metrics.js';
import { PageMemory } from '../../metrics/kept/page-memory.js';
import { MetricSet } from '../../metrics/metric-set.js';

/**
 * What is remembered from one scrape of the telemetry path to the next: which series there were, and how they were
 * written. The values of every scrape are its own.
 */
export class ScrapeMemory {
  readonly page = new PageMemory();
  readonly #servers: (MetricSet | undefined)[] = [];
  #own: MetricSet | undefined;

  /** An empty set for the server at that place of the plan. */
  serverSet(at: number): MetricSet {
    return MetricSet.following(this.#servers[at]);
  }

  /** An empty set for the service's own metrics. */
  ownSet(): MetricSet {
    return MetricSet.following(this.#own);
  }

  /** Keeps the sets of a scrape for the next one; those that are long are too large for that. */
  keep(servers: readonly MetricSet[], own: MetricSet): void {
    for (const [at, set] of servers.entries()) this.#servers[at] = isLong(set) ? undefined : set;
    this.#own = own;
  }
}

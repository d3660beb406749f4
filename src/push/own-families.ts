import type { MetricType } from '../metrics/metric-definition.js';
import type { MetricFamily } from '../metrics/metric-family.js';

/** The names and types of the service's own metrics, which no push may contradict. */
export class OwnFamilies {
  readonly #types = new Map<string, MetricType>();
  #changes = 0;

  /** The number of times that a name or a type was new. */
  get changes(): number {
    return this.#changes;
  }

  /** Adds families that the service shows. A name stays reserved from then on. */
  note(families: readonly MetricFamily[]): void {
    for (const { name, type } of families) {
      if (this.#types.get(name) === type) continue;
      this.#types.set(name, type);
      this.#changes += 1;
    }
  }

  typeOf(name: string): MetricType | undefined {
    return this.#types.get(name);
  }
}

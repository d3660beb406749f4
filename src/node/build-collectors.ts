import { CollectorOptions } from './collector-options.js';
import type { Collector, CollectorSpec, Surroundings } from './collector.js';

/** Which collectors run, and what they are told. */
export interface CollectorChoice {
  readonly specs: readonly CollectorSpec[];
  readonly enabled: ReadonlySet<string>;
  /** What the command line said, by the names of CollectorFlag; a switch has `true` or `false`. */
  readonly given: ReadonlyMap<string, readonly string[]>;
}

/** Makes the collectors that are on, by their names in order. Throws an Error in upstream's words for options that cannot be. */
export function buildCollectors(
  { specs, enabled, given }: CollectorChoice,
  surroundings: Omit<Surroundings, 'enabled'>,
): ReadonlyMap<string, Collector> {
  const collectors = new Map<string, Collector>();
  for (const { name, flags, create } of specs) {
    if (!enabled.has(name)) continue;
    try {
      collectors.set(name, create(new CollectorOptions(flags, given), { ...surroundings, enabled }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Error(`couldn't create collector: ${error.message}`, { cause: error });
    }
  }
  return collectors;
}

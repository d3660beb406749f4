import type { Collector, CollectorDeps, CollectorSpec } from './collector.js';
import { CollectorOptions } from './collector-options.js';

/** The collectors that run, and the values of their flags. */
export interface CollectorChoice {
  readonly specs: readonly CollectorSpec[];
  readonly enabled: ReadonlySet<string>;
  /** Key: the name of a CollectorFlag; value: the values on the command line. A switch has `true` or `false`. */
  readonly given: ReadonlyMap<string, readonly string[]>;
}

/**
 * Makes the enabled collectors, in the order of their names. Throws an Error in upstream's words for invalid options.
 */
export function buildCollectors(
  { specs, enabled, given }: CollectorChoice,
  deps: Omit<CollectorDeps, 'enabled'>,
): ReadonlyMap<string, Collector> {
  const collectors = new Map<string, Collector>();
  for (const { name, flags, create } of specs) {
    if (!enabled.has(name)) continue;
    try {
      collectors.set(name, create(new CollectorOptions(flags, given), { ...deps, enabled }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Error(`couldn't create collector: ${error.message}`, { cause: error });
    }
  }
  return collectors;
}

import type { Probe } from '../prober.js';
import type { TargetPolicy } from './target-policy.js';

/** Returns the same probe, which goes only where this policy allows it as well. */
export function guardedProbe(probe: Probe, policy: TargetPolicy): Probe {
  return (request, context) => probe(request, { ...context, policy: context.policy.and(policy) });
}

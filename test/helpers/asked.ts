import { TargetPolicy } from '../../src/probe/policy/target-policy.js';

/** What a connection is asked for by, where no policy matters. */
export const ASKED = { scheme: 'tcp', host: '127.0.0.1', policy: TargetPolicy.ALLOW_ALL } as const;

/** A probe that may go anywhere. */
export function asker(signal: AbortSignal): { readonly signal: AbortSignal; readonly policy: TargetPolicy } {
  return { signal, policy: TargetPolicy.ALLOW_ALL };
}

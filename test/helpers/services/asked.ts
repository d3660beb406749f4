import { TargetPolicy } from '../../../src/probe/policy/target-policy.js';
import type { ProbeContext } from '../../../src/probe/prober.js';
import { NOT_NOTED } from '../../../src/probe/used-secrets.js';

/** What a connection is asked for by, where no policy matters. */
export const ASKED = { scheme: 'tcp', host: '127.0.0.1', policy: TargetPolicy.ALLOW_ALL, secrets: NOT_NOTED } as const;

/** A probe that may go anywhere. */
export function asker(signal: AbortSignal): Pick<ProbeContext, 'signal' | 'policy' | 'secrets'> {
  return { signal, policy: TargetPolicy.ALLOW_ALL, secrets: NOT_NOTED };
}

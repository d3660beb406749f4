import { loadConfig } from '../../src/config/load-config.js';
import type { Prober } from '../../src/probe/prober.js';
import { allProbers } from '../../src/probers/all-probers.js';
import { type Probed, probeModule } from '../helpers/services/probe.js';
import { testProberDeps } from '../helpers/services/prober-deps.js';
import type { Attack } from './target-policy-attacks.js';

/** Probers by the name server that they ask. */
const PROBERS = new Map<string, readonly Prober[]>();

function probersWith(server: string): readonly Prober[] {
  const known = PROBERS.get(server) ?? allProbers(testProberDeps({ dnsServers: [server] }));
  PROBERS.set(server, known);
  return known;
}

/** All that the answer for a denied target has. */
export const TOLD = [
  'probe_duration_seconds',
  'probe_failure_info{phase="setup",reason="target_denied"}',
  'probe_success',
  'probe_timeout_seconds',
];

/** A probe under a policy. */
export interface Attempt extends Pick<Attack, 'module' | 'policy' | 'target'> {
  readonly level: 'of all modules' | 'of the module';
  readonly hostname?: string | undefined;
  readonly server: string;
}

/** Probes with a policy, at one of its places. */
export async function attack({ module, policy, level, target, hostname, server }: Attempt): Promise<Probed> {
  const block = policy.startsWith('{') ? policy : `{${policy}}`;
  const text =
    level === 'of the module'
      ? `modules: {m: ${module.replace(/\}$/, `, target_policy: ${block}}`)}}`
      : `target_policy: ${block}\nmodules: {m: ${module}}`;
  const config = await loadConfig(text, 'test.yml', probersWith(server));
  return probeModule(config.modules.get('m')!, target, {
    timeoutSeconds: 5,
    ...(hostname !== undefined && { hostname }),
  });
}

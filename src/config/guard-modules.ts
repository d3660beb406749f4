import { guardedProbe } from '../probe/policy/guarded-probe.js';
import type { ModuleParams, ProbeModule } from '../probe/probe-module.js';
import type { ModuleSource } from './compile-module.js';
import type { FilePolicy } from './loaded-config.js';

/**
 * Returns the same module, whose probes go only where this policy allows it as well. A module with parameters is
 * guarded each time that it is filled.
 */
export function guarded(module: ProbeModule, policy: Pick<FilePolicy, 'policy' | 'raw'>): ProbeModule {
  const { params } = module;
  const probe = guardedProbe(module.probe, policy.policy);
  const guard = policy.raw;
  if (params === undefined) return { ...module, probe, guard };
  const fill: ModuleParams['fill'] = async (request) => {
    const filled = await params.fill(request);
    return { ...filled, module: guarded(filled.module, policy) };
  };
  return { ...module, probe, params: { ...params, fill } };
}

/** Whether each module has a policy, of its own or of all modules. */
export function isGuarded(modules: readonly ModuleSource[], policy: FilePolicy | undefined): boolean {
  return policy !== undefined || modules.every(({ raw }) => raw?.target_policy !== undefined);
}

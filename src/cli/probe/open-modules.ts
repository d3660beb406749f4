import type { ProbeModule } from '../../probe/probe-module.js';
import { compileText } from '../../services/build-probers.js';
import { serviceLog } from '../../services/make-service-log.js';
import { openConfig, type OpenedConfig } from '../../services/prober/open-config.js';
import type { Shell } from '../shell.js';
import { hintOf } from '../start-failure.js';
import type { BuiltIn } from './built-in-modules.js';
import type { ModuleSource } from './plan-probes.js';

/** The source of modules, and the warm-up of their probers. */
export interface OpenedModules extends ModuleSource {
  /**
   * Loads and compiles what the probes of these probers would otherwise wait for, before the clock of the first one
   * starts.
   */
  readonly warmUp: (probers: ReadonlySet<string>) => Promise<void>;
}

/**
 * Reads the configuration: the files that were named, else blackbox.yml if there is one here. Rejects with the error of
 * a file that cannot be used.
 */
export async function openModules(configFiles: readonly string[], shell: Shell): Promise<OpenedModules> {
  const log = serviceLog('warn', 'logfmt', shell);
  const built = compileText(shell);
  const compile = async ({ name, yaml }: BuiltIn): Promise<ProbeModule> => {
    const module = (await built.compile(yaml, 'built-in module')).get(name);
    if (module === undefined) throw new Error(`The built-in module ${name} does not have its name`);
    return module;
  };
  try {
    const files = configFiles.length === 0 ? ['blackbox.yml'] : configFiles;
    const opened = await openConfig(files, { platform: shell, log });
    return { configured: opened.config.current().modules, compile, warmUp: warmAll(opened) };
  } catch (error) {
    if (configFiles.length > 0 || !(error instanceof Error) || hintOf(error) === '') throw error;
    return { configured: new Map(), compile, warmUp: warmAll(built) };
  }
}

/**
 * The figures are to be those of a service that has run for a while, also where an answer is the first to need
 * something.
 */
function warmAll({ warmUp, loadRest }: Pick<OpenedConfig, 'warmUp' | 'loadRest'>): OpenedModules['warmUp'] {
  return async (probers) => {
    await warmUp(probers);
    await loadRest(probers);
  };
}

import type { ProbeModule } from '../probe/probe-module.js';
import type { Steps } from '../values/in-slices.js';
import { guarded, isGuarded } from './guard-modules.js';
import type { ConfigWarning, FilePolicy, LoadedConfig, LoadedFile } from './loaded-config.js';
import { renderConfig } from './render-config.js';

/**
 * Merges one or more files into one configuration. The names of their modules are all different, and at most one has a
 * target policy, which holds for the modules of all.
 */
export function* mergeFiles(files: readonly LoadedFile[], warnings: readonly ConfigWarning[]): Steps<LoadedConfig> {
  const policy = files.find((file) => file.policy !== undefined)?.policy;
  const sources = files.flatMap((file) => file.sources);
  return {
    ...(yield* modulesOf(files, policy)),
    isGuarded: isGuarded(sources, policy),
    faults: files.flatMap(({ faults }) => faults),
    warnings: [...warnings, ...files.flatMap((file) => file.warnings)],
    render: () => {
      const [first] = files;
      if (first === undefined) return ['modules: {}\n'];
      return renderConfig({ modules: sources, policy, moduleShape: first.moduleShape });
    },
  };
}

function* modulesOf(
  files: readonly LoadedFile[],
  policy: FilePolicy | undefined,
): Steps<Pick<LoadedConfig, 'modules' | 'places'>> {
  const modules = new Map<string, ProbeModule>();
  const places = new Map<string, string>();
  for (const file of files) {
    for (const [name, module] of file.modules) {
      yield;
      modules.set(name, file.policy === undefined && policy !== undefined ? guarded(module, policy) : module);
    }
    for (const [name, place] of file.places) {
      yield;
      places.set(name, place);
    }
  }
  return { modules, places };
}

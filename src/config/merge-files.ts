import { guardModules, isGuarded } from './guard-modules.js';
import type { ConfigWarning, LoadedConfig, LoadedFile } from './loaded-config.js';
import { renderConfig } from './render-config.js';

/**
 * Merges one or more files into one configuration. The names of their modules are all different, and at most one has a
 * target policy, which holds for the modules of all.
 */
export function mergeFiles(files: readonly LoadedFile[], warnings: readonly ConfigWarning[]): LoadedConfig {
  const policy = files.find((file) => file.policy !== undefined)?.policy;
  const sources = files.flatMap((file) => file.sources);
  return {
    modules: new Map(
      files.flatMap(({ modules, policy: own }) => [
        ...guardModules(modules, own === undefined ? policy?.policy : undefined),
      ]),
    ),
    isGuarded: isGuarded(sources, policy),
    places: new Map(files.flatMap(({ places }) => [...places])),
    faults: files.flatMap(({ faults }) => faults),
    warnings: [...warnings, ...files.flatMap((file) => file.warnings)],
    render: () => {
      const [first] = files;
      if (first === undefined) return 'modules: {}\n';
      return renderConfig({ modules: sources, policy, moduleShape: first.moduleShape });
    },
  };
}

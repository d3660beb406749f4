import type { ConfigWarning, LoadedConfig, LoadedFile } from './loaded-config.js';
import { renderConfig } from './render-config.js';

/** Merges one or more files, whose module names are all different, into one configuration. */
export function mergeFiles(files: readonly LoadedFile[], warnings: readonly ConfigWarning[]): LoadedConfig {
  return {
    modules: new Map(files.flatMap(({ modules }) => [...modules])),
    places: new Map(files.flatMap(({ places }) => [...places])),
    faults: files.flatMap(({ faults }) => faults),
    warnings: [...warnings, ...files.flatMap((file) => file.warnings)],
    render: () => {
      const [first] = files;
      if (first === undefined) return 'modules: {}\n';
      return renderConfig(
        files.flatMap(({ sources }) => sources),
        first.moduleShape,
      );
    },
  };
}

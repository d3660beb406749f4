import type { Prober } from '../probe/prober.js';
import { ConfigFileError } from './config-problem.js';
import { loadConfig } from './load-config.js';
import { readConfigFile } from './read-config-file.js';

/** What is wrong with a configuration file, one line a mistake; empty if it can be used. */
export async function checkConfigFile(path: string, probers: readonly Prober[]): Promise<readonly string[]> {
  try {
    await loadConfig((await readConfigFile(path)).text, path, probers);
    return [];
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems;
    throw error;
  }
}

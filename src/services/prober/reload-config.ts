import type { ConfigFileState } from '../../config/config-store.js';
import type { ServiceLog } from '../../log/service-log.js';
import { messageOf } from '../../values/as-error.js';
import type { ConfigSource, RunningConfig } from './config-source.js';

/**
 * Reads the configuration again and says in the log how that went, in upstream's words; resolves to what is wrong with
 * it, undefined if all of it is now in force.
 */
export async function reloadConfig(config: ConfigSource, log: ServiceLog): Promise<string | undefined> {
  let outcome: 'changed' | 'unchanged';
  try {
    outcome = await config.reload();
  } catch (error) {
    const problem = messageOf(error);
    log.error('Error reloading config', { err: problem });
    return problem;
  }
  if (outcome === 'unchanged') {
    log.info('Configuration checksum check passed. No changes detected.');
  } else {
    log.info('Configuration file change detected, reloading the configuration.');
    logFindings(config.current(), log);
  }
  const broken = brokenFiles(config);
  for (const { file, problem } of broken) log.error('Error reloading config file', { file, err: problem });
  if (broken.length > 0) return broken.map(({ problem }) => problem).join('\n');
  log.info('Reloaded config file');
  return undefined;
}

/** The files whose newest content is not in force, and why. */
export function brokenFiles({
  files,
}: {
  readonly files: readonly ConfigFileState[];
}): readonly Required<Pick<ConfigFileState, 'file' | 'problem'>>[] {
  return files.flatMap(({ file, problem }) => (problem === undefined ? [] : [{ file, problem }]));
}

/** Says which modules cannot probe, and what works but should be looked at. */
export function logFindings({ faults, warnings }: RunningConfig, log: ServiceLog): void {
  for (const fault of faults)
    log.error('A module cannot probe, every request for it is answered with 400', { err: fault });
  for (const { message, fields } of warnings) log.warn(message, fields);
}
